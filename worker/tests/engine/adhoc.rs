//! Files that are in no catalog: their footers are read with distrust.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, IntervalDayTimeArray, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::IntervalDayTime;
use protocol::FailureKind;
use worker::engine::Engine;
use worker::io::Origin;

use crate::support::{Store, parquet, run, write};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("columns are of one length")
}

/// An engine with one ad-hoc table `a` of these files.
async fn open(files: &[RecordBatch]) -> Result<Engine, protocol::Failure> {
    let store = Store::default();
    let origins = (0..files.len())
        .map(|index| Origin::Url(format!("{index}.parquet")))
        .collect();
    for (index, file) in files.iter().enumerate() {
        store.put(&format!("{index}.parquet"), write(file));
    }
    let engine = store.engine();
    engine.open_files(Some("a".to_owned()), origins).await?;
    Ok(engine)
}

#[tokio::test]
async fn files_opened_together_are_one_table() {
    let store = Store::default();
    store.put("a.parquet", parquet(0, 10));
    store.put("b.parquet", parquet(10, 10));
    let engine = store.engine();
    let origins = ["a.parquet", "b.parquet"].map(|name| Origin::Url(name.to_owned()));
    let table = engine.open_files(None, origins.to_vec()).await.expect("opens");
    assert_eq!(
        (table.table.as_str(), table.rows, table.files.len()),
        ("a", 20, 2)
    );
    let (rows, _) = run(&engine, "SELECT count(*) AS n, max(id) AS m FROM a", None)
        .await
        .expect("runs");
    assert!(rows.contains("| 20 | 19 |"), "{rows}");
}

#[tokio::test]
async fn files_of_one_name_become_tables_of_two_names() {
    let store = Store::default();
    store.put("x/a.parquet", parquet(0, 1));
    store.put("y/a.parquet", parquet(5, 1));
    let engine = store.engine();
    let (first, second) = futures::join!(
        engine.open_files(None, vec![Origin::Url("x/a.parquet".to_owned())]),
        engine.open_files(None, vec![Origin::Url("y/a.parquet".to_owned())]),
    );
    let mut names = [first.expect("opens").table, second.expect("opens").table];
    names.sort();
    assert_eq!(names, ["a", "a_2"]);
    let sql = "SELECT sum(id) AS s FROM (SELECT id FROM a UNION ALL SELECT id FROM a_2)";
    let (rows, _) = run(&engine, sql, None).await.expect("runs");
    assert!(rows.contains("| 5 |"), "{rows}");
}

#[tokio::test]
async fn files_of_one_table_must_agree_on_types() {
    let texts = batch(vec![("id", Arc::new(StringArray::from(vec!["one"])))]);
    let numbers = batch(vec![("id", Arc::new(Int64Array::from(vec![1])))]);
    let failure = open(&[numbers, texts]).await.err().expect("differ");
    assert_eq!(failure.kind, FailureKind::InvalidQuery);
    assert!(failure.message.contains("1.parquet"), "{}", failure.message);
    assert!(failure.message.contains("id"), "{}", failure.message);
}

#[tokio::test]
async fn a_column_that_one_file_lacks_is_null_there() {
    let both = batch(vec![
        ("id", Arc::new(Int64Array::from(vec![1]))),
        ("extra", Arc::new(Int64Array::from(vec![7]))),
    ]);
    let one = batch(vec![("id", Arc::new(Int64Array::from(vec![2])))]);
    let engine = open(&[both, one]).await.expect("opens");
    let (rows, _) = run(
        &engine,
        "SELECT id, extra IS NULL AS lacks FROM a ORDER BY id",
        None,
    )
    .await
    .expect("runs");
    assert!(rows.contains("| 1  | false |"), "{rows}");
    assert!(rows.contains("| 2  | true  |"), "{rows}");
}

#[tokio::test]
async fn statistics_that_leave_nan_out_answer_nothing() {
    let values = Arc::new(Float64Array::from(vec![1.0, f64::NAN]));
    let engine = open(&[batch(vec![("x", values)])]).await.expect("opens");
    let (rows, _) = run(&engine, "SELECT x FROM a", None).await.expect("runs");
    assert!(rows.contains("| NaN |"), "{rows}");
    let (rows, _) = run(&engine, "SELECT max(x) AS m FROM a", None)
        .await
        .expect("runs");
    assert!(rows.contains("| NaN |"), "{rows}");
}

#[tokio::test]
async fn a_column_that_cannot_be_read_without_loss_is_refused_by_name_and_the_others_are_read() {
    let waits = IntervalDayTimeArray::from(vec![IntervalDayTime::new(1, 2_000)]);
    let names = StringArray::from(vec!["one"]);
    let engine = open(&[batch(vec![("name", Arc::new(names)), ("wait", Arc::new(waits))])])
        .await
        .expect("opens");
    let failure = run(&engine, "SELECT * FROM a", None)
        .await
        .expect_err("is refused");
    assert_eq!(failure.kind, FailureKind::InvalidQuery);
    assert!(
        failure.message.contains("Column wait holds a Parquet INTERVAL"),
        "{}",
        failure.message
    );
    let (rows, _) = run(&engine, "SELECT name FROM a", None).await.expect("runs");
    assert!(rows.contains("| one"), "{rows}");
}

#[tokio::test]
async fn bounds_of_some_row_groups_are_not_those_of_the_file() {
    // A row group of nothing but NaN has no bounds; NaN is greater than every number.
    let values = (0..2_000).map(|row| if row < 1_000 { f64::NAN } else { f64::from(row) });
    let x = Float64Array::from_iter_values(values);
    let engine = open(&[batch(vec![("x", Arc::new(x))])]).await.expect("opens");
    let (rows, _) = run(&engine, "SELECT count(*) AS n FROM a WHERE x > 5000", None)
        .await
        .expect("runs");
    assert!(rows.contains("| 1000 |"), "{rows}");
}
