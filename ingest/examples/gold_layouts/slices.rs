//! What people ask of trips.

use std::sync::Arc;

use anyhow::Context;
use duckdb::arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use duckdb::arrow::datatypes::TimestampMicrosecondType;
use duckdb::arrow::record_batch::RecordBatch;
use ingest::reader::{Kind, Slice, Term};

/// A slice and what a person calls it.
pub struct NamedSlice {
    /// What a person asks.
    pub name: &'static str,
    /// What is read for it.
    pub slice: Slice,
}

/// All of them.
pub fn all(batch: &RecordBatch) -> anyhow::Result<Vec<NamedSlice>> {
    const DAY: i64 = 86_400_000_000;
    let times = batch
        .column_by_name("pickup_at")
        .context("there is no pickup_at")?
        .as_primitive::<TimestampMicrosecondType>();
    let middle = times.value(times.len() / 2);
    let time = |at: i64| -> ArrayRef {
        let value = TimestampMicrosecondArray::from(vec![at]);
        Arc::new(value.with_data_type(times.data_type().clone()))
    };
    let term = |kind: Kind| Term {
        column: "pickup_at".to_owned(),
        kind,
    };
    let week = vec![
        term(Kind::From {
            value: time(middle),
            inclusive: true,
        }),
        term(Kind::To {
            value: time(middle + 7 * DAY),
            inclusive: false,
        }),
    ];
    let named = |name, columns: &[&str], terms, first| NamedSlice {
        name,
        slice: Slice {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            terms,
            first,
        },
    };
    let schema = batch.schema_ref();
    let columns: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    Ok(vec![
        named("one week by day", &["pickup_at", "fare"], week, None),
        named(
            "one zone",
            &["pickup_zone", "pickup_at", "fare"],
            Vec::new(),
            None,
        ),
        named("top 10 by total", &["total"], Vec::new(), None),
        named("all of pickup_at", &["pickup_at"], Vec::new(), None),
        named("all of trip_id", &["trip_id"], Vec::new(), None),
        named("first 1000 rows", &columns, Vec::new(), Some(1000)),
    ])
}
