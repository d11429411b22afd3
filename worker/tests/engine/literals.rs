//! A value that a person clicks becomes a literal of its column's type, and the filter finds that value's rows.

use std::sync::Arc;

use catalog::Scalar;
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    Time32MillisecondArray, Time32SecondArray, Time64MicrosecondArray, Time64NanosecondArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use protocol::sql::{identifier, literal};
use worker::io::Origin;

use crate::support::{Store, run, write};

/// The last microsecond of 9999, which stands for "never" in many tables.
const LAST_MICROS: i64 = 253_402_300_799_999_999;
const FIRST_MICROS: i64 = -62_135_596_800_000_000;

/// Columns of two rows (without NaN, which statistics leave out: `isnan(x)` finds it), and the values as the page has them.
fn columns() -> Vec<(&'static str, ArrayRef, [Scalar; 2])> {
    let text = |text: &str| Scalar::Text(text.to_owned());
    let micros = || TimestampMicrosecondArray::from(vec![FIRST_MICROS, LAST_MICROS]);
    let moments = ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"];
    let instants = moments.map(|moment| text(&format!("{moment}Z")));
    let milliseconds = Time32MillisecondArray::from(vec![0, 86_399_999]);
    let nanoseconds = Time64NanosecondArray::from(vec![1, 86_399_999_999_999]);
    let recent = TimestampNanosecondArray::from(vec![-1, 1_700_000_000_123_456_789]);
    vec![
        (
            "whole",
            Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX])),
            [Scalar::Integer(i64::MIN), Scalar::Integer(i64::MAX)],
        ),
        (
            "unsigned",
            Arc::new(UInt64Array::from(vec![0, u64::MAX])),
            [Scalar::Integer(0), text("18446744073709551615")],
        ),
        (
            "single",
            Arc::new(Float32Array::from(vec![0.1, f32::INFINITY])),
            [Scalar::Float(f64::from(0.1_f32)), text("inf")],
        ),
        (
            "double",
            Arc::new(Float64Array::from(vec![f64::NEG_INFINITY, f64::INFINITY])),
            [text("-inf"), text("inf")],
        ),
        (
            "decimal",
            Arc::new(
                Decimal128Array::from(vec![1, 10_i128.pow(38) - 1])
                    .with_precision_and_scale(38, 10)
                    .expect("fits"),
            ),
            [
                text("0.0000000001"),
                text("9999999999999999999999999999.9999999999"),
            ],
        ),
        (
            "text",
            Arc::new(StringArray::from(vec!["O'Hare", ""])),
            [text("O'Hare"), text("")],
        ),
        (
            "date",
            Arc::new(Date32Array::from(vec![-719_162, 2_932_896])),
            [text("0001-01-01"), text("9999-12-31")],
        ),
        (
            "time_s",
            Arc::new(Time32SecondArray::from(vec![0, 86_399])),
            [text("00:00:00"), text("23:59:59")],
        ),
        (
            "time_ms",
            Arc::new(milliseconds),
            [text("00:00:00"), text("23:59:59.999")],
        ),
        (
            "time_us",
            Arc::new(Time64MicrosecondArray::from(vec![0, 86_399_999_999])),
            [text("00:00:00"), text("23:59:59.999999")],
        ),
        (
            "time_ns",
            Arc::new(nanoseconds),
            [text("00:00:00.000000001"), text("23:59:59.999999999")],
        ),
        ("local_us", Arc::new(micros()), moments.map(text)),
        ("instant_us", Arc::new(micros().with_timezone("UTC")), instants),
        (
            "instant_ms",
            Arc::new(TimestampMillisecondArray::from(vec![-1, LAST_MICROS / 1_000]).with_timezone("UTC")),
            [text("1969-12-31T23:59:59.999Z"), text("9999-12-31T23:59:59.999Z")],
        ),
        (
            "local_ns",
            Arc::new(recent),
            [
                text("1969-12-31T23:59:59.999999999"),
                text("2023-11-14T22:13:20.123456789"),
            ],
        ),
    ]
}

#[tokio::test]
async fn a_filter_by_any_value_of_a_column_finds_its_row() {
    let columns = columns();
    let batch = RecordBatch::try_from_iter(columns.iter().map(|(name, array, _)| (*name, Arc::clone(array))));
    let store = Store::default();
    store.put("x.parquet", write(&batch.expect("columns are of one length")));
    let engine = store.engine();
    let origins = vec![Origin::Url("x.parquet".to_owned())];
    let manifest = engine
        .open_files(Some("x".to_owned()), origins)
        .await
        .expect("opens");
    let mut wrong = Vec::new();
    for (column, (name, _, values)) in manifest.columns.iter().zip(&columns) {
        for value in values {
            let literal = literal(value, &column.column_type);
            let sql = format!(
                "SELECT count(*) AS n FROM x WHERE {} IN ({literal})",
                identifier(name)
            );
            match run(&engine, &sql, None).await {
                Ok((rows, _)) if rows.contains("| 1 |") => {}
                outcome => wrong.push(format!("{sql}: {outcome:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
