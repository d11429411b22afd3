//! Which columns are kept decoded, and how; and what a plan says of its scan.

use protocol::CacheKind;

use crate::scan_support::{Both, ROWS, answer, rows, three_files};
use crate::support::{lake, open, run};

#[tokio::test]
async fn strings_of_a_dictionary_are_kept_by_their_keys() {
    let both = Both::of(&[rows(0, ROWS)], true).await;
    let bytes = || both.columns.report().bytes;
    answer(&both.ours, "SELECT max(city) AS c FROM t").await;
    let city = bytes();
    assert!(city < 4 * ROWS as u64, "300 cities, and two bytes a row: {city}");
    answer(&both.ours, "SELECT max(unique) AS u FROM t").await;
    assert!(bytes() - city > 16 * ROWS as u64, "views and texts");
    assert_eq!(
        both.columns.report().entries,
        6,
        "two columns of three row groups"
    );
}

#[tokio::test]
async fn a_part_of_a_column_is_not_kept_unless_it_is_wanted_again() {
    let both = Both::of(&[rows(0, ROWS)], true).await;
    let sql = "SELECT unique FROM t WHERE id BETWEEN 100 AND 120";
    answer(&both.ours, sql).await;
    answer(&both.ours, sql).await;
    assert_eq!(both.columns.report().entries, 0, "it would take more bytes");
    answer(
        &both.ours,
        "SELECT max(unique) AS u, max(id) AS i FROM t WHERE flag",
    )
    .await;
    both.columns.clear();
    answer(&both.ours, sql).await;
    assert_eq!(both.columns.report().entries, 0, "the first time since then");
    answer(&both.ours, sql).await;
    assert_eq!(both.columns.report().entries, 2, "its bytes are here");
}

#[tokio::test]
async fn a_file_of_another_type_than_its_table_is_cast() {
    for (type_name, shown) in [
        ("float64", "sum(value) > 0.5"),
        ("int32", "sum(value)"),
        ("string", "max(value)"),
    ] {
        let store = lake(&[(0, 3_000)]);
        let engine = open(&store).await;
        let (expected, _) = run(&engine, &format!("SELECT city, {shown} AS s FROM (SELECT city, id, arrow_cast(value, '{}') AS value FROM trips) x WHERE id > 10 GROUP BY city ORDER BY city", arrow_name(type_name)), None)
            .await
            .expect("runs");
        let manifest = "manifests/trips/1.json";
        let json = store.objects.lock().expect("lock")[manifest].clone();
        let mut json: serde_json::Value = serde_json::from_slice(&json).expect("parses");
        json["columns"][2]["type"] = type_name.into();
        store.put(manifest, serde_json::to_vec(&json).expect("serialises"));
        let engine = open(&store).await;
        let sql = format!("SELECT city, {shown} AS s FROM trips WHERE id > 10 GROUP BY city ORDER BY city");
        for _ in 0..2 {
            let (rows, _) = run(&engine, &sql, None).await.expect("runs");
            assert_eq!(rows, expected, "{type_name}");
            engine.clear(CacheKind::Results);
        }
        let (rows, _) = run(
            &engine,
            "SELECT count(*) AS n FROM trips WHERE value >= '500'",
            None,
        )
        .await
        .expect("runs");
        assert!(!rows.contains("| 0 |"), "{type_name}: {rows}");
    }
}

fn arrow_name(type_name: &str) -> &'static str {
    match type_name {
        "float64" => "Float64",
        "int32" => "Int32",
        _ => "Utf8View",
    }
}

#[tokio::test]
async fn an_explained_plan_says_what_is_scanned() {
    let both = Both::of(&three_files(), true).await;
    let plan = answer(&both.ours, "EXPLAIN SELECT city FROM t WHERE id < 100 AND flag").await;
    assert!(
        plan.contains("GoldScan: table=t, files=1 of 3, projection=[city]"),
        "{plan}"
    );
    assert!(plan.contains("predicate=id@0 < 100"), "{plan}");
    let analysed = answer(&both.ours, "EXPLAIN ANALYZE SELECT count(city) FROM t WHERE flag").await;
    for metric in [
        "output_rows=",
        "elapsed_compute=",
        "row_groups=4",
        "columns_decoded=8",
        "time_decoding=",
    ] {
        assert!(analysed.contains(metric), "{metric} in {analysed}");
    }
}
