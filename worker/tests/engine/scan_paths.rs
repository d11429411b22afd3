//! Columns that stand in the paths of files, and in no file.

use serde_json::{Value, json};

use crate::support::{Store, lake, open, places, run};

const MANIFEST: &str = "manifests/trips/1.json";

/// Three files: of the north in 2001, of the south in 2002, and one of which both are NULL.
fn lake_of_paths() -> Store {
    let store = lake(&[(0, 1_000), (1_000, 2_000), (3_000, 500)]);
    let json = store.objects.lock().expect("lock")[MANIFEST].clone();
    let mut manifest: Value = serde_json::from_slice(&json).expect("parses");
    let columns = manifest["columns"].as_array_mut().expect("columns");
    for (id, name, column_type) in [(4, "region", "string"), (5, "year", "int64")] {
        columns.push(json!({
            "field_id": id, "name": name, "type": column_type, "role": "dimension", "nullable": true,
        }));
    }
    for (file, partition) in manifest["files"].as_array_mut().expect("files").iter_mut().zip([
        json!({"region": "north", "year": 2001}),
        json!({"region": "south", "year": 2002}),
        json!({"region": null, "year": null}),
    ]) {
        file["partition"] = partition;
    }
    store.put(MANIFEST, manifest.to_string());
    store
}

async fn answer(store: &Store, sql: &str) -> String {
    let engine = open(store).await;
    store.take_asked();
    let (rows, _) = run(&engine, sql, None).await.expect("runs");
    rows
}

#[tokio::test]
async fn they_have_their_values_in_all_rows() {
    let store = lake_of_paths();
    let rows = answer(
        &store,
        "SELECT region, year, count(*) AS n, min(id) AS first FROM trips GROUP BY region, year ORDER BY first",
    )
    .await;
    for row in [
        "| north  | 2001 | 1000 | 0     |",
        "| south  | 2002 | 2000 | 1000  |",
        "|        |      | 500  | 3000  |",
    ] {
        assert!(rows.contains(row), "{row}: {rows}");
    }
    for (filter, n) in [
        ("year = 2001", 1_000),
        ("region = 'south' AND id >= 2500", 500),
        ("year = 2002 OR id < 10", 2_010),
        ("year IS NULL", 500),
        ("region IS NOT NULL AND value >= 0", 3_000),
        ("year + 1 = 2003 AND city = 'city 3'", 286),
        ("region < 'o'", 1_000),
        ("year > 2001 AND region = 'north'", 0),
    ] {
        let rows = answer(
            &store,
            &format!("SELECT count(*) AS n, count(id) AS ids FROM trips WHERE {filter}"),
        )
        .await;
        assert!(rows.contains(&format!("| {n} ")), "{filter}: {rows}");
    }
    let joined = "SELECT count(*) AS n FROM trips a JOIN (SELECT DISTINCT year FROM trips WHERE region = 'north') b \
                  ON a.year = b.year";
    assert!(answer(&store, joined).await.contains("| 1000 |"));
    let top = answer(
        &store,
        "SELECT id, year FROM trips ORDER BY year DESC NULLS LAST, id DESC LIMIT 1",
    )
    .await;
    assert!(top.contains("| 2999 | 2002 |"), "{top}");
}

#[tokio::test]
async fn they_rule_out_files_and_are_not_fetched() {
    let store = lake_of_paths();
    let plan = answer(
        &store,
        "EXPLAIN SELECT max(value) AS v FROM trips WHERE year = 2001",
    )
    .await;
    assert!(plan.contains("files=1 of 3"), "{plan}");
    answer(&store, "SELECT max(value) AS v FROM trips WHERE year = 2001").await;
    let asked = store.take_asked();
    assert!(
        asked
            .iter()
            .all(|(key, _)| key.ends_with("0.parquet") || key.ends_with(".json")),
        "{asked:?}"
    );
    answer(
        &store,
        "SELECT max(value) AS v FROM trips WHERE region = 'south' AND id >= 2000",
    )
    .await;
    let asked = store.take_asked();
    let data: Vec<_> = asked
        .into_iter()
        .filter(|(key, _)| key.ends_with(".parquet"))
        .collect();
    let read = places(&store, &data);
    assert!(
        !read.is_empty()
            && read
                .iter()
                .all(|place| place == "footer" || place.starts_with("1.")),
        "{read:?}"
    );
    for sql in [
        "SELECT region, min(year) AS y FROM trips GROUP BY region ORDER BY 1",
        "SELECT count(*) AS n FROM trips WHERE region LIKE 's%'",
    ] {
        answer(&store, sql).await;
        let asked = store.take_asked();
        let data: Vec<_> = asked
            .into_iter()
            .filter(|(key, _)| key.ends_with(".parquet"))
            .collect();
        let read = places(&store, &data);
        assert!(read.iter().all(|place| place == "footer"), "{sql}: {read:?}");
    }
}

#[tokio::test]
async fn beside_a_type_that_only_files_tell_they_are_columns_too() {
    let store = lake_of_paths();
    let json = store.objects.lock().expect("lock")[MANIFEST].clone();
    let mut manifest: Value = serde_json::from_slice(&json).expect("parses");
    manifest["columns"][2]["type"] = "something of its own".into();
    store.put(MANIFEST, manifest.to_string());
    let rows = answer(
        &store,
        "SELECT region, max(value) AS v FROM trips WHERE year = 2002 GROUP BY region",
    )
    .await;
    assert!(rows.contains("| south  | 1008 |"), "{rows}");
}
