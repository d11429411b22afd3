//! The document that says what an Iceberg table is: one snapshot, one schema, one way to partition.
//!
//! Entry point: [`document`].

use catalog::TableManifest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::manifest::{FIRST_PARTITION_ID, SEQUENCE, partition_spec};
use super::schema::Schema;

/// The document of a table that lies at `location`, with its manifest list.
pub(super) fn document(
    manifest: &TableManifest,
    schema: &Schema,
    location: &str,
    list: &str,
    snapshot: i64,
    now_ms: i64,
) -> Value {
    let mut properties = json!({ "schema.name-mapping.default": schema.name_mapping().to_string() });
    if let Some(description) = &manifest.description {
        properties["comment"] = json!(description);
    }
    json!({
        "format-version": 2,
        "table-uuid": uuid(location),
        "location": location,
        "last-sequence-number": SEQUENCE,
        "last-updated-ms": now_ms,
        "last-column-id": schema.last_id(),
        "current-schema-id": 0,
        "schemas": [schema.json()],
        "default-spec-id": 0,
        "partition-specs": [{ "spec-id": 0, "fields": partition_spec(manifest, schema) }],
        "last-partition-id": FIRST_PARTITION_ID - 1 + manifest.partition_by.len(),
        "default-sort-order-id": 0,
        "sort-orders": [{ "order-id": 0, "fields": [] }],
        "properties": properties,
        "current-snapshot-id": snapshot,
        "refs": { "main": { "snapshot-id": snapshot, "type": "branch" } },
        "snapshots": [{
            "snapshot-id": snapshot,
            "sequence-number": SEQUENCE,
            "timestamp-ms": now_ms,
            "manifest-list": list,
            "schema-id": 0,
            "summary": {
                "operation": "append",
                "total-data-files": manifest.files.len().to_string(),
                "total-records": manifest.rows.to_string(),
                "total-files-size": manifest.bytes.to_string(),
                "total-delete-files": "0",
                "total-position-deletes": "0",
                "total-equality-deletes": "0",
            },
        }],
        "snapshot-log": [{ "snapshot-id": snapshot, "timestamp-ms": now_ms }],
        "metadata-log": [],
    })
}

/// A number for the version of a table whose manifest has this key, which is named by its content.
pub(super) fn snapshot_id(manifest_key: &str) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&Sha256::digest(manifest_key)[..8]);
    i64::from_be_bytes(bytes) & i64::MAX
}

/// The same for each export of a table to one place.
fn uuid(location: &str) -> String {
    let mut bytes = Sha256::digest(location)[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}
