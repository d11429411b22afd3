use std::collections::BTreeSet;

use crate::fixture::{Project, stderr, stdout};

/// Trips of some days, one raw file for each day.
fn trips(header: &str) -> Project {
    let project = Project::new("[sources.trips]\npath = 'raw/trips-*.csv'\n");
    day(&project, 1, "1,2024-01-01,10\n2,2024-01-01,20\n");
    day(&project, 2, "3,2024-01-02,30\n");
    project.write(
        "models/gold/trips.sql",
        &format!(
            "/* @ingest\nmaterialized: incremental\n{header}\n*/\nSELECT id, day, fare FROM source.trips"
        ),
    );
    project
}

fn day(project: &Project, number: u32, rows: &str) {
    project.write(
        &format!("raw/trips-{number:02}.csv"),
        &format!("id,day,fare\n{rows}"),
    );
}

/// What `SELECT … FROM trips` returns, row by row.
fn rows(project: &Project) -> Vec<String> {
    let sql = "SELECT id || ' ' || day || ' ' || fare AS trip FROM trips ORDER BY ALL";
    let shown = stdout(
        &project
            .ingest(&["query", "--sql", sql, "--limit", "100"])
            .assert()
            .success(),
    );
    let cell = |line: &str| Some(line.strip_prefix('│')?.strip_suffix('│')?.trim().to_owned());
    let rows: Vec<String> = shown
        .lines()
        .filter_map(cell)
        .filter(|cell| cell.contains("2024"))
        .collect();
    assert!(!rows.is_empty(), "{shown}");
    rows
}

fn files(project: &Project) -> BTreeSet<String> {
    project
        .manifest("trips")
        .files
        .into_iter()
        .map(|file| file.key)
        .collect()
}

#[test]
fn append_takes_in_new_files_only_and_leaves_the_others_alone() {
    let project = trips("cluster_by: [day]");
    project.run().success();
    let before = files(&project);
    day(&project, 3, "4,2024-01-03,40\n");
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(
        plan.contains("increment") && plan.contains("raw/trips-03.csv is new"),
        "{plan}"
    );
    assert!(plan.contains("none of 1"), "no file is rewritten: {plan}");
    let shown = stdout(&project.run().success());
    assert!(
        shown.contains("source.trips (new files)") && shown.contains("1 written, 1 kept"),
        "{shown}"
    );
    let after = files(&project);
    assert!(after.is_superset(&before) && after.len() == 2);
    assert_eq!(
        rows(&project),
        [
            "1 2024-01-01 10",
            "2 2024-01-01 20",
            "3 2024-01-02 30",
            "4 2024-01-03 40"
        ]
    );
    let manifest = project.manifest("trips");
    assert_eq!(manifest.rows, 4);
    let fare = manifest.column("fare").expect("column");
    assert_eq!(fare.statistics.min, Some(catalog::Scalar::Integer(10)));
    assert_eq!(fare.statistics.max, Some(catalog::Scalar::Integer(40)));
    let histogram = fare.statistics.histogram.as_ref().expect("histogram");
    assert!(histogram.is_consistent());
    assert_eq!(histogram.counts.iter().sum::<u64>(), 4);
}

#[test]
fn append_refuses_a_file_that_changed_because_its_rows_would_come_twice() {
    let project = trips("");
    project.run().success();
    day(&project, 2, "3,2024-01-02,31\n5,2024-01-02,50\n");
    for verb in ["plan", "run"] {
        let told = stderr(&project.ingest(&[verb]).assert().failure());
        assert!(
            told.contains("raw/trips-02.csv changed after it was taken in")
                && told.contains("--full-refresh"),
            "{verb}: {told}"
        );
    }
    assert_eq!(project.manifest("trips").rows, 3);
    project.ingest(&["run", "--full-refresh"]).assert().success();
    assert_eq!(project.manifest("trips").rows, 4);
}

#[test]
fn merge_replaces_rows_by_key_and_rewrites_only_files_that_hold_them() {
    let project = trips("unique_key: id\ncluster_by: [id]");
    day(&project, 1, "1,2024-01-01,10\n2,2024-01-01,20\n");
    project.run().success();
    day(&project, 3, "100,2024-01-03,1\n101,2024-01-03,2\n");
    project.run().success();
    let before = files(&project);
    assert_eq!(before.len(), 2);
    day(&project, 4, "100,2024-01-04,9\n102,2024-01-04,3\n");
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(plan.contains("at most 1 of 2"), "{plan}");
    project.run().success();
    assert_eq!(
        rows(&project),
        [
            "1 2024-01-01 10",
            "100 2024-01-04 9",
            "101 2024-01-03 2",
            "102 2024-01-04 3",
            "2 2024-01-01 20",
            "3 2024-01-02 30"
        ]
    );
    assert_eq!(
        files(&project).intersection(&before).count(),
        1,
        "the file of small ids stays"
    );
    let total = project
        .manifest("trips")
        .column("fare")
        .cloned()
        .expect("column")
        .statistics;
    assert_eq!(total.histogram.expect("histogram").counts.iter().sum::<u64>(), 6);
}

#[test]
fn merge_refuses_keys_that_do_not_tell_rows_apart() {
    let project = trips("unique_key: id");
    project.run().success();
    day(&project, 3, "7,2024-01-03,1\n7,2024-01-03,2\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("unique_key (id) occurs more than once") && told.contains("QUALIFY"),
        "{told}"
    );
    day(&project, 3, ",2024-01-03,1\n");
    let told = stderr(&project.run().failure());
    assert!(told.contains("unique_key (id) is NULL in 1 row"), "{told}");
    assert_eq!(project.manifest("trips").rows, 3, "readers keep what they had");
}

#[test]
fn delete_insert_replaces_all_rows_of_a_key() {
    let project = trips("strategy: delete+insert\nunique_key: day");
    project.run().success();
    day(&project, 3, "8,2024-01-01,5\n9,2024-01-01,6\n10,2024-01-01,7\n");
    project.run().success();
    assert_eq!(
        rows(&project),
        [
            "10 2024-01-01 7",
            "3 2024-01-02 30",
            "8 2024-01-01 5",
            "9 2024-01-01 6"
        ]
    );
}

#[test]
fn partition_overwrite_replaces_whole_partitions_and_no_others() {
    let project = trips("strategy: partition overwrite\npartition_by: [day]");
    project.run().success();
    let before = files(&project);
    assert!(
        before.iter().any(|key| key.contains("/day=2024-01-01/")),
        "{before:?}"
    );
    day(&project, 2, "3,2024-01-02,33\n6,2024-01-02,60\n");
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(plan.contains("at most 1 of 2"), "{plan}");
    project.run().success();
    assert_eq!(
        rows(&project),
        [
            "1 2024-01-01 10",
            "2 2024-01-01 20",
            "3 2024-01-02 33",
            "6 2024-01-02 60"
        ]
    );
    assert_eq!(files(&project).intersection(&before).count(), 1);
    assert_eq!(project.manifest("trips").partition_by, ["day"]);
}

#[test]
fn since_takes_files_in_again_where_that_adds_nothing_twice() {
    let project = trips("unique_key: id");
    project.run().success();
    let told = stdout(&project.ingest(&["run", "--since", "1h"]).assert().success());
    assert!(told.contains("--since"), "{told}");
    assert_eq!(project.manifest("trips").rows, 3);
    let idle = stdout(
        &project
            .ingest(&["run", "--since", "2999-01-01"])
            .assert()
            .success(),
    );
    assert!(idle.contains("nothing to do"), "{idle}");
    let appending = trips("");
    appending.run().success();
    let told = stderr(&appending.ingest(&["run", "--since", "1h"]).assert().failure());
    assert!(told.contains("would add their rows a second time"), "{told}");
}

#[test]
fn changed_sql_makes_all_anew_unless_that_would_lose_rows() {
    let project = trips("");
    project.run().success();
    let sql = |expression: &str| {
        project.write(
            "models/gold/trips.sql",
            &format!("/* @ingest\nmaterialized: incremental\n*/\nSELECT id, day, {expression} AS fare FROM source.trips"),
        );
    };
    sql("fare + 1");
    let shown = stdout(&project.run().success());
    assert!(
        shown.contains("rebuilt") && shown.contains("its SQL changed"),
        "{shown}"
    );
    assert_eq!(
        rows(&project),
        ["1 2024-01-01 11", "2 2024-01-01 21", "3 2024-01-02 31"]
    );
    std::fs::remove_file(project.root().join("raw/trips-01.csv")).expect("removed");
    let idle = stdout(&project.run().success());
    assert!(
        idle.contains("nothing to do"),
        "rows of files that are gone stay: {idle}"
    );
    sql("fare + 2");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("1 file that is in it is not there any more"),
        "{told}"
    );
    assert_eq!(project.manifest("trips").rows, 3);
    project.ingest(&["run", "--full-refresh"]).assert().success();
    assert_eq!(rows(&project), ["3 2024-01-02 32"]);
}

#[test]
fn silver_between_sees_new_files_too_and_other_sources_are_seen_whole() {
    let project =
        Project::new("[sources.trips]\npath = 'raw/trips-*.csv'\n[sources.zones]\npath = 'raw/zones.csv'\n");
    day(&project, 1, "1,2024-01-01,10\n");
    project.write("raw/zones.csv", "id,zone\n1,A\n2,B\n");
    project.write(
        "models/silver/named.sql",
        "SELECT t.*, z.zone FROM source.trips t JOIN source.zones z USING (id)",
    );
    project.write(
        "models/gold/trips.sql",
        "/* @ingest\nmaterialized: incremental\ninput: trips\n*/ SELECT id, day, fare, zone FROM silver.named",
    );
    project.write(
        "models/gold/total.sql",
        "SELECT count(*) AS trips, sum(fare)::BIGINT AS fares FROM silver.named",
    );
    project.run().success();
    day(&project, 2, "2,2024-01-02,20\n");
    project.write("raw/zones.csv", "id,zone\n1,X\n2,B\n");
    let assert = project.run().success();
    let told = stderr(&assert);
    assert!(
        told.contains("raw/zones.csv changed; rows that are there keep what they were made of"),
        "{told}"
    );
    let shown = stdout(
        &project
            .ingest(&["query", "--sql", "SELECT string_agg(zone, '' ORDER BY id) AS zones, (SELECT fares FROM total) AS fares FROM trips"])
            .assert()
            .success(),
    );
    assert!(shown.contains("AB") && shown.contains("30"), "{shown}");
}

#[test]
fn which_source_grows_must_be_clear() {
    let project = Project::new("[sources.a]\npath = 'a.csv'\n[sources.b]\npath = 'b.csv'\n");
    project.write("a.csv", "x\n1\n");
    project.write("b.csv", "x\n1\n");
    let model = |header: &str, from: &str| {
        project.write(
            "models/gold/t.sql",
            &format!("/* @ingest\nmaterialized: incremental\n{header}\n*/ SELECT x FROM {from}"),
        );
        stderr(&project.run().failure())
    };
    let told = model("", "source.a JOIN source.b USING (x)");
    assert!(
        told.contains("say in its header which one grows, as in input: a"),
        "{told}"
    );
    let told = model("input: c", "source.a");
    assert!(
        told.contains("input names `c`, which is no source that it reads: it reads a"),
        "{told}"
    );
    let told = model("", "range(3) t(x)");
    assert!(told.contains("reads no source"), "{told}");
}

#[test]
fn checks_of_an_increment_see_what_they_must() {
    let project = trips("checks:\n  - unique: id\n  - row_count: {max: 4}\n  - not_null: fare");
    project.run().success();
    day(&project, 3, "1,2024-01-03,5\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("unique(id): 2 rows break it"),
        "old and new rows together: {told}"
    );
    day(&project, 3, "7,2024-01-03,5\n8,2024-01-03,5\n");
    let told = stderr(&project.run().failure());
    assert!(told.contains("row_count(..4): there are 5 rows"), "{told}");
    day(&project, 3, "7,2024-01-03,\n");
    let told = stderr(&project.run().failure());
    assert!(told.contains("not_null(fare): 1 row breaks it"), "{told}");
    assert_eq!(project.manifest("trips").rows, 3);
    day(&project, 3, "7,2024-01-03,5\n");
    project.run().success();
    assert_eq!(project.manifest("trips").rows, 4);
}
