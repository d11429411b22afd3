//! What `aws glue create-table --table-input` takes.
//!
//! Entry point: [`document`].

use serde_json::{Value, json};

use super::column::{HiveColumn, cut};
use super::ddl::MAX_DESCRIPTION_BYTES;
use super::{HiveTable, INPUT_FORMAT, OUTPUT_FORMAT, SERDE};

/// The TableInput. Partitions are not in it: Athena finds their folders by `MSCK REPAIR TABLE`.
pub(super) fn document(table: &HiveTable) -> String {
    let mut input = json!({
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": columns(&table.columns),
            "Location": table.location,
            "InputFormat": INPUT_FORMAT,
            "OutputFormat": OUTPUT_FORMAT,
            "Compressed": false,
            "NumberOfBuckets": -1,
            "SerdeInfo": {
                "SerializationLibrary": SERDE,
                "Parameters": { "serialization.format": "1" },
            },
            "StoredAsSubDirectories": false,
        },
        "PartitionKeys": columns(&table.partition_columns),
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "parquet",
            "recordCount": table.rows.to_string(),
            "snapshot": table.snapshot,
        },
    });
    if let Some(description) = &table.description {
        input["Description"] = json!(cut(description, MAX_DESCRIPTION_BYTES));
    }
    format!("{input:#}\n")
}

fn columns(columns: &[HiveColumn]) -> Value {
    let columns = columns.iter().map(|column| {
        let mut described = json!({ "Name": column.name, "Type": column.hive_type });
        if let Some(comment) = &column.comment {
            described["Comment"] = json!(comment);
        }
        described
    });
    columns.collect()
}
