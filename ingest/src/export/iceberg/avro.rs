//! Avro's container of records, as far as Iceberg's manifests need it.
//!
//! Invariant: the schema goes into the file word by word, with attributes that Iceberg reads and a schema of `apache-avro`
//! does not keep (`adjust-to-utc`).
//!
//! Entry points: [`Record`], [`container`].

use serde_json::Value;
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"Obj\x01";
const SYNC_BYTES: usize = 16;

/// The values of a record in the order of its schema, or of a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record(Vec<u8>);

impl Record {
    /// An `int` or a `long`: zigzag, seven bits a byte.
    pub fn long(&mut self, value: i64) -> &mut Self {
        let mut rest = (value << 1 ^ value >> 63).cast_unsigned();
        while rest > 0x7f {
            self.0.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.0.push(rest.to_le_bytes()[0]);
        self
    }

    /// Lengths, counts and sizes.
    pub fn count(&mut self, value: u64) -> &mut Self {
        self.long(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// `bytes` or a `string`.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.count(value.len() as u64).raw(value)
    }

    /// What has a length that the schema tells.
    pub fn raw(&mut self, value: &[u8]) -> &mut Self {
        self.0.extend_from_slice(value);
        self
    }

    /// NULL of a type that may be.
    pub fn null(&mut self) -> &mut Self {
        self.long(0)
    }

    /// Announces a value of a type that may be NULL.
    pub fn some(&mut self) -> &mut Self {
        self.long(1)
    }

    /// A list of a type that may be NULL.
    pub fn list(&mut self, items: &[Record]) -> &mut Self {
        self.some();
        if !items.is_empty() {
            self.count(items.len() as u64);
            items.iter().for_each(|item| {
                self.raw(&item.0);
            });
        }
        self.count(0)
    }
}

/// A file of these records, uncompressed; the metadata is what Iceberg keeps beside the schema.
pub(super) fn container(schema: &Value, metadata: &[(&str, String)], records: &[Record]) -> Vec<u8> {
    let mut entries = vec![
        ("avro.schema", schema.to_string()),
        ("avro.codec", "null".to_owned()),
    ];
    entries.extend(metadata.iter().cloned());
    let mut file = Record(MAGIC.to_vec());
    file.count(entries.len() as u64);
    for (key, value) in &entries {
        file.bytes(key.as_bytes()).bytes(value.as_bytes());
    }
    file.count(0);
    let body: Vec<u8> = records
        .iter()
        .flat_map(|record| record.0.iter().copied())
        .collect();
    // Any sixteen bytes that are not likely within the records.
    let hash = Sha256::digest(&body);
    let sync = &hash[..SYNC_BYTES];
    file.raw(sync);
    if !records.is_empty() {
        file.count(records.len() as u64).bytes(&body).raw(sync);
    }
    file.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_zigzag_of_seven_bits() {
        for (value, expected) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (-64, &[0x7f]),
            (64, &[0x80, 1]),
            (
                i64::MIN,
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            ),
        ] {
            assert_eq!(Record::default().long(value).0, expected, "{value}");
        }
    }
}
