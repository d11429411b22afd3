//! `ingest generate`: sample tables that a lake takes like any other.

use catalog::{Role, TableManifest};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Project, stdout};

/// More than two row groups, with some rows left over.
const ROWS: &str = "300000";

fn generate(project: &Project, arguments: &[&str]) -> String {
    let mut all = vec!["generate", "taxi", "--rows", ROWS];
    all.extend(arguments);
    stdout(&project.ingest(&all).assert().success())
}

fn hashes(manifest: &TableManifest) -> Vec<String> {
    manifest
        .files
        .iter()
        .map(|file| file.content_hash.clone())
        .collect()
}

#[test]
fn trips_have_the_wanted_columns_sorted_by_pickup() {
    let project = Project::new("");
    let printed = generate(&project, &[]);
    assert!(printed.contains("300,000 rows in 1 file"), "{printed}");

    let taxi = project.manifest("taxi");
    assert_eq!(taxi.rows, 300_000);
    assert_eq!(taxi.sort_keys[0].column, "pickup_at");
    let columns: Vec<(&str, String, Role)> = taxi
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.column_type.to_string(), column.role))
        .collect();
    let expected = [
        ("trip_id", "int64", Role::Dimension),
        ("vendor", "string", Role::Dimension),
        ("pickup_at", "timestamp", Role::Time),
        ("dropoff_at", "timestamp", Role::Time),
        ("pickup_zone", "string", Role::Dimension),
        ("dropoff_zone", "string", Role::Dimension),
        ("passenger_count", "int32", Role::Dimension),
        ("distance_km", "float64", Role::Measure),
        ("payment", "string", Role::Dimension),
        ("fare", "float64", Role::Measure),
        ("tip", "float64", Role::Measure),
        ("total", "float64", Role::Measure),
    ]
    .map(|(name, column_type, role)| (name, column_type.to_owned(), role));
    assert_eq!(columns, expected);
    let distinct = |name: &str| {
        taxi.column(name)
            .and_then(|column| column.statistics.distinct_count)
    };
    assert_eq!(distinct("trip_id"), Some(300_000), "an id is unique");
    assert_eq!(distinct("vendor"), Some(4));
    assert_eq!(distinct("pickup_zone"), Some(262));
    assert_eq!(distinct("payment"), Some(6));
    assert!(
        taxi.column("passenger_count")
            .is_some_and(|column| column.statistics.null_count > Some(0))
    );

    // Row groups and pages keep the order that the manifest claims, and a year is covered.
    let sql = "SELECT count(*) AS unsorted FROM (SELECT pickup_at < lag(pickup_at) OVER () AS earlier FROM taxi) WHERE earlier";
    assert_eq!(project.query(sql), "unsorted\n0\n");
    let sql = "SELECT count(DISTINCT pickup_at::DATE) AS days, min(pickup_at)::DATE AS first, max(pickup_at)::DATE AS last FROM taxi";
    assert_eq!(project.query(sql), "days,first,last\n365,2025-01-01,2025-12-31\n");
    let sql =
        "SELECT max(n) > 10 * min(n) AS skewed FROM (SELECT count(*) AS n FROM taxi GROUP BY pickup_zone)";
    assert_eq!(project.query(sql), "skewed\ntrue\n");
}

#[test]
fn the_same_seed_gives_the_same_files_and_another_seed_others() {
    let project = Project::new("");
    generate(&project, &[]);
    generate(&project, &["--table", "again"]);
    generate(&project, &["--table", "other", "--seed", "2"]);
    assert_eq!(
        hashes(&project.manifest("taxi")),
        hashes(&project.manifest("again"))
    );
    assert_ne!(
        hashes(&project.manifest("taxi")),
        hashes(&project.manifest("other"))
    );
    // Where there is little memory and one thread, too.
    generate(
        &project,
        &["--table", "small", "--threads", "1", "--memory-limit", "128MB"],
    );
    assert_eq!(
        hashes(&project.manifest("taxi")),
        hashes(&project.manifest("small"))
    );
}

#[test]
fn samples_of_two_sizes_stand_in_one_lake_and_are_shown() {
    let project = Project::new("");
    generate(&project, &[]);
    let two = ["generate", "taxi", "--rows", "1000", "--table", "taxi_small"];
    project.ingest(&two).assert().success();
    project.ingest(&["show"]).assert().success().stdout(
        contains("taxi_small")
            .and(contains("300,000"))
            .and(contains("1,000")),
    );
    project
        .ingest(&["show", "taxi_small"])
        .assert()
        .success()
        .stdout(contains("sorted by pickup_at").and(contains("generate taxi --rows 1000 --seed 1")));
}

#[test]
fn a_folder_without_a_project_becomes_a_lake() {
    let project = Project::new("");
    project
        .ingest(&["generate", "taxi", "--rows", "10", "--to", "gold"])
        .assert()
        .success();
    assert_eq!(project.catalog().name, "gold");
    assert_eq!(project.manifest("taxi").rows, 10);
    assert_eq!(project.query("SELECT count(*) AS n FROM taxi"), "n\n10\n");
}

#[test]
fn a_table_of_a_run_is_not_replaced_by_a_sample_and_a_sample_is() {
    let project = Project::shop();
    project.run().success();
    let before = project.catalog();
    project
        .ingest(&["generate", "taxi", "--rows", "10", "--table", "orders"])
        .assert()
        .failure()
        .stderr(contains("`orders`").and(contains("--table")));
    assert_eq!(project.catalog().snapshot_id, before.snapshot_id);
    for rows in ["10", "20"] {
        project
            .ingest(&["generate", "taxi", "--rows", rows])
            .assert()
            .success();
    }
    assert_eq!(project.manifest("taxi").rows, 20);
    assert_eq!(project.catalog().tables.len(), 3);
}

#[test]
fn what_cannot_be_made_is_said_before_anything_is_made() {
    let project = Project::new("");
    for (arguments, words) in [
        (&["--rows", "0"][..], "0 is not in 1.."),
        (&["--table", "Taxi Trips"], "lower-case letters"),
        (&["--to", "gold", "--target", "local"], "cannot be used with"),
        (&["--target", "nowhere"], "nowhere"),
        (&["--project", "elsewhere"], "--to DIR"),
    ] {
        let mut all = vec!["generate", "taxi"];
        all.extend(arguments);
        project.ingest(&all).assert().failure().stderr(contains(words));
    }
    assert!(!project.gold("catalog.json").exists());
}

#[test]
fn simple_rows_are_hashes_and_booleans_as_duckdb_computes_them() {
    let project = Project::new("");
    let printed = stdout(
        &project
            .ingest(&["generate", "simple", "--rows", "130000"])
            .assert()
            .success(),
    );
    assert!(printed.starts_with("simple: 130,000 rows in 1 file"), "{printed}");
    let simple = project.manifest("simple");
    let columns: Vec<(&str, String)> = simple
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.column_type.to_string()))
        .collect();
    assert_eq!(
        columns,
        [("id", "uint64".to_owned()), ("is_odd", "boolean".to_owned())]
    );
    let sql = "SELECT count(*) AS differing FROM (FROM simple EXCEPT ALL SELECT hash(i * 10 + j), j % 2 = 1 FROM \
               generate_series(1, 3) AS s(i) CROSS JOIN generate_series(1, 50000) AS t(j) WHERE (i - 1) * 50000 + j <= 130000)";
    assert_eq!(project.query(sql), "differing\n0\n");
    // A sample gives way to another sample.
    let again = ["generate", "taxi", "--rows", "10", "--table", "simple"];
    project.ingest(&again).assert().success();
    assert_eq!(project.manifest("simple").rows, 10);
}
