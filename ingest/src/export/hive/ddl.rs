//! Statements that make a table.
//!
//! Entry point: [`statements`].

use super::column::{HiveColumn, cut};
use super::partition::HivePartition;
use super::{HiveTable, INPUT_FORMAT, OUTPUT_FORMAT, Reader, SERDE};

/// Partitions of one statement: Athena takes 256 KB of SQL.
const PARTITIONS_AT_ONCE: usize = 100;
/// The longest description that Glue takes.
pub(super) const MAX_DESCRIPTION_BYTES: usize = 2048;

/// The statements for a table, each ended by a semicolon.
pub(super) fn statements(table: &HiveTable, reader: Reader) -> String {
    let mut sql = heading(table, reader);
    let name = identifier(&table.name);
    sql.push_str(&format!("DROP TABLE IF EXISTS {name};\n"));
    sql.push_str(&format!(
        "CREATE EXTERNAL TABLE {name} (\n{}\n)\n",
        columns(&table.columns)
    ));
    if let Some(description) = &table.description {
        let comment = text(&cut(description, MAX_DESCRIPTION_BYTES));
        sql.push_str(&format!("COMMENT {comment}\n"));
    }
    if !table.partition_columns.is_empty() {
        let columns = columns(&table.partition_columns);
        sql.push_str(&format!("PARTITIONED BY (\n{columns}\n)\n"));
    }
    sql.push_str(&format!(
        "ROW FORMAT SERDE {}\nSTORED AS INPUTFORMAT {}\nOUTPUTFORMAT {}\nLOCATION {}\n\
         TBLPROPERTIES ('classification'='parquet', 'recordCount'='{}', 'snapshot'={});\n",
        text(SERDE),
        text(INPUT_FORMAT),
        text(OUTPUT_FORMAT),
        text(&table.location),
        table.rows,
        text(&table.snapshot),
    ));
    for partitions in table.partitions.chunks(PARTITIONS_AT_ONCE) {
        sql.push_str(&format!("ALTER TABLE {name} ADD IF NOT EXISTS"));
        for partition in partitions {
            sql.push_str(&added(table, partition));
        }
        sql.push_str(";\n");
    }
    sql
}

fn heading(table: &HiveTable, reader: Reader) -> String {
    let format = match reader {
        Reader::Metastore => "hive",
        Reader::Athena | Reader::Glue => "athena",
    };
    let mut lines = vec![
        format!(
            "{} at snapshot {}: what is listed below {}",
            table.original, table.snapshot, table.location
        ),
        format!(
            "After a run, `ingest export {} --as {format}` lists the files anew; run its statements again where columns or \
             partitions have changed.",
            table.original
        ),
    ];
    let timestamps: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.is_timestamp)
        .map(|column| column.name.as_str())
        .collect();
    match reader {
        Reader::Metastore => lines.push(
            "For Trino, Presto and others that follow SymlinkTextInputFormat to Parquet, as Apache Hive itself does not."
                .to_owned(),
        ),
        Reader::Athena | Reader::Glue if !timestamps.is_empty() => lines.push(format!(
            "Athena reads milliseconds; the files have microseconds: {}",
            timestamps.join(", ")
        )),
        _ => {}
    }
    lines.iter().map(|line| format!("-- {line}\n")).collect()
}

fn columns(columns: &[HiveColumn]) -> String {
    let lines: Vec<String> = columns
        .iter()
        .map(|column| {
            let comment = column.comment.as_ref();
            let comment = comment.map_or_else(String::new, |comment| format!(" COMMENT {}", text(comment)));
            format!("  {} {}{comment}", identifier(&column.name), column.hive_type)
        })
        .collect();
    lines.join(",\n")
}

fn added(table: &HiveTable, partition: &HivePartition) -> String {
    let values: Vec<String> = table
        .partition_columns
        .iter()
        .zip(&partition.values)
        .map(|(column, value)| format!("{} = {}", identifier(&column.name), text(value)))
        .collect();
    let location = text(&format!("{}{}/", table.location, partition.path));
    format!("\n  PARTITION ({}) LOCATION {location}", values.join(", "))
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A literal of HiveQL, in which a backslash escapes and two literals side by side are one.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}
