//! Manifest and manifest list, by version 2 of Iceberg's specification.
//!
//! Entry points: [`files`], [`list`].

use catalog::{ColumnType, DataFile, Scalar, TableManifest};
use serde_json::{Value, json};

use super::super::refusal::said;
use super::avro::{Record, container};
use super::schema::{Field, Schema};
use super::value::{End, bound, decimal_bytes, partition};

/// The first id of a partition's field.
pub(super) const FIRST_PARTITION_ID: usize = 1000;
/// All that is exported is added by the one snapshot that there is.
const ADDED: i64 = 1;
const DATA: i64 = 0;
const SPEC: i64 = 0;
pub(super) const SEQUENCE: i64 = 1;

/// The manifest: a record for each data file, at its address. The error names what cannot be expressed.
pub(super) fn files(
    manifest: &TableManifest,
    schema: &Schema,
    snapshot: i64,
    address: impl Fn(&DataFile) -> anyhow::Result<String>,
) -> anyhow::Result<Vec<u8>> {
    let by = partition_fields(manifest, schema);
    let mut records = Vec::new();
    for file in &manifest.files {
        let mut record = Record::default();
        record.long(ADDED).some().long(snapshot);
        record.some().long(SEQUENCE).some().long(SEQUENCE).long(DATA);
        record.bytes(address(file)?.as_bytes()).bytes(b"PARQUET");
        for (field, column_type) in &by {
            let value = file.partition.get(&field.name).unwrap_or(&Scalar::Null);
            if !partition(column_type, value, &mut record) {
                anyhow::bail!(
                    "{}",
                    said(
                        &field.name,
                        format!("partitions the table and has {value}, which Iceberg has no value for"),
                        "make it NULL in the model"
                    )
                );
            }
        }
        record.count(file.rows).count(file.bytes);
        measures(&mut record, schema, file);
        records.push(record);
    }
    let metadata = [
        ("schema", schema.json().to_string()),
        ("schema-id", "0".to_owned()),
        ("partition-spec", partition_spec(manifest, schema).to_string()),
        ("partition-spec-id", SPEC.to_string()),
        ("format-version", "2".to_owned()),
        ("content", "data".to_owned()),
    ];
    Ok(container(&entry_schema(&by), &metadata, &records))
}

/// The manifest list, of the one manifest at that address.
pub(super) fn list(manifest: &TableManifest, snapshot: i64, address: &str, bytes: usize) -> Vec<u8> {
    let mut record = Record::default();
    record
        .bytes(address.as_bytes())
        .count(bytes as u64)
        .long(SPEC)
        .long(DATA);
    record.long(SEQUENCE).long(SEQUENCE).long(snapshot);
    record.count(manifest.files.len() as u64).count(0).count(0);
    record.count(manifest.rows).count(0).count(0);
    let metadata = [
        ("snapshot-id", snapshot.to_string()),
        ("parent-snapshot-id", "null".to_owned()),
        ("sequence-number", SEQUENCE.to_string()),
        ("format-version", "2".to_owned()),
    ];
    container(&list_schema(), &metadata, &[record])
}

/// How the table is partitioned: each value by itself.
pub(super) fn partition_spec(manifest: &TableManifest, schema: &Schema) -> Value {
    let by = partition_fields(manifest, schema);
    let fields = by.iter().enumerate().map(|(at, (field, _))| {
        json!({
            "name": field.name,
            "transform": "identity",
            "source-id": field.id,
            "field-id": FIRST_PARTITION_ID + at,
        })
    });
    fields.collect()
}

fn partition_fields<'a>(manifest: &TableManifest, schema: &'a Schema) -> Vec<(&'a Field, &'a ColumnType)> {
    let named = manifest.partition_by.iter();
    let fields = named.filter_map(|name| schema.fields.iter().find(|field| field.name == *name));
    fields
        .filter_map(|field| Some((field, field.single()?)))
        .collect()
}

/// Counts and bounds, each by the column's id.
fn measures(record: &mut Record, schema: &Schema, file: &DataFile) {
    let columns: Vec<_> = schema
        .fields
        .iter()
        .filter_map(|field| Some((field, field.single()?, file.columns.get(&field.name))))
        .collect();
    let entry = |id: u32| {
        let mut entry = Record::default();
        entry.long(i64::from(id));
        entry
    };
    let (mut values, mut nulls, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (field, column_type, statistics) in columns {
        values.push(entry(field.id).count(file.rows).clone());
        let Some(statistics) = statistics else {
            continue;
        };
        if let Some(count) = statistics.null_count {
            nulls.push(entry(field.id).count(count).clone());
        }
        for (value, end, bounds) in [
            (&statistics.min, End::Lower, &mut lower),
            (&statistics.max, End::Upper, &mut upper),
        ] {
            if let Some(bytes) = value.as_ref().and_then(|value| bound(column_type, value, end)) {
                bounds.push(entry(field.id).bytes(&bytes).clone());
            }
        }
    }
    record.list(&values).list(&nulls).list(&lower).list(&upper);
}

fn entry_schema(by: &[(&Field, &ColumnType)]) -> Value {
    let partitions = by.iter().enumerate().map(|(at, (field, column_type))| {
        optional(
            &avro_name(&field.name),
            FIRST_PARTITION_ID + at,
            avro_type(column_type),
        )
    });
    let by_id = |key: usize, value: &str| {
        json!({
            "type": "array",
            "logicalType": "map",
            "items": {
                "type": "record",
                "name": format!("k{key}_v{}", key + 1),
                "fields": [field("key", key, "int"), field("value", key + 1, value)],
            },
        })
    };
    let file = json!({
        "type": "record",
        "name": "r2",
        "fields": [
            field("content", 134, "int"),
            field("file_path", 100, "string"),
            field("file_format", 101, "string"),
            field("partition", 102, json!({
                "type": "record",
                "name": "r102",
                "fields": partitions.collect::<Vec<_>>(),
            })),
            field("record_count", 103, "long"),
            field("file_size_in_bytes", 104, "long"),
            optional("value_counts", 109, by_id(119, "long")),
            optional("null_value_counts", 110, by_id(121, "long")),
            optional("lower_bounds", 125, by_id(126, "bytes")),
            optional("upper_bounds", 128, by_id(129, "bytes")),
        ],
    });
    json!({
        "type": "record",
        "name": "manifest_entry",
        "fields": [
            field("status", 0, "int"),
            optional("snapshot_id", 1, "long"),
            optional("sequence_number", 3, "long"),
            optional("file_sequence_number", 4, "long"),
            field("data_file", 2, file),
        ],
    })
}

fn list_schema() -> Value {
    let fields = [
        ("manifest_path", 500, "string"),
        ("manifest_length", 501, "long"),
        ("partition_spec_id", 502, "int"),
        ("content", 517, "int"),
        ("sequence_number", 515, "long"),
        ("min_sequence_number", 516, "long"),
        ("added_snapshot_id", 503, "long"),
        ("added_files_count", 504, "int"),
        ("existing_files_count", 505, "int"),
        ("deleted_files_count", 506, "int"),
        ("added_rows_count", 512, "long"),
        ("existing_rows_count", 513, "long"),
        ("deleted_rows_count", 514, "long"),
    ];
    let fields = fields.map(|(name, id, avro)| field(name, id, avro));
    json!({ "type": "record", "name": "manifest_file", "fields": fields })
}

fn field(name: &str, id: usize, avro: impl Into<Value>) -> Value {
    let avro = avro.into();
    json!({ "name": name, "type": avro, "field-id": id })
}

fn optional(name: &str, id: usize, avro: impl Into<Value>) -> Value {
    let avro = avro.into();
    json!({ "name": name, "type": ["null", avro], "default": null, "field-id": id })
}

fn avro_type(column_type: &ColumnType) -> Value {
    match column_type {
        ColumnType::Boolean => json!("boolean"),
        ColumnType::Int { bits: 64 } => json!("long"),
        ColumnType::Int { .. } | ColumnType::UInt { .. } => json!("int"),
        ColumnType::Float { bits: 32 } => json!("float"),
        ColumnType::Float { .. } => json!("double"),
        ColumnType::Decimal { precision, scale } => json!({
            "type": "fixed",
            "name": format!("decimal_{precision}_{scale}"),
            "size": decimal_bytes(column_type),
            "logicalType": "decimal",
            "precision": precision,
            "scale": scale,
        }),
        ColumnType::String => json!("string"),
        ColumnType::Binary | ColumnType::Other(_) => json!("bytes"),
        ColumnType::Date => json!({ "type": "int", "logicalType": "date" }),
        ColumnType::Time => json!({ "type": "long", "logicalType": "time-micros" }),
        ColumnType::Timestamp { utc } => {
            json!({ "type": "long", "logicalType": "timestamp-micros", "adjust-to-utc": utc })
        }
    }
}

/// A name that Avro takes, as Iceberg makes them.
fn avro_name(name: &str) -> String {
    let mut made = String::new();
    for (at, c) in name.chars().enumerate() {
        match c {
            '0'..='9' if at == 0 => made.push_str(&format!("_{c}")),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => made.push(c),
            other => made.push_str(&format!("_x{:X}", u32::from(other))),
        }
    }
    made
}
