use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

/// A hundred visits: most of them from one country, with a duration and a day.
fn visits() -> Project {
    let project = Project::new("");
    project.write(
        "models/gold/visits.sql",
        "/* @ingest\nchecks:\n  - accepted_range: {column: seconds, min: 0, max: 100}\n    severity: warn\n*/\n\
         SELECT i AS visit, if(i % 4 = 0, 'fr', 'de') AS country, (i % 50)::DOUBLE AS seconds,\n\
         DATE '2024-01-01' + (i // 10)::INTEGER AS day FROM range(100) AS t(i)",
    );
    project.write("models/gold/same.sql", "SELECT 1 AS one");
    project.write("models/gold/old.sql", "SELECT 1 AS one");
    project.run().success();
    project
}

/// The same with another country, longer durations that some checks fail, another column and another type.
fn changed_visits() -> Project {
    let project = visits();
    project.write(
        "models/gold/visits.sql",
        "/* @ingest\nchecks:\n  - accepted_range: {column: seconds, min: 0, max: 100}\n    severity: warn\n*/\n\
         SELECT i::INTEGER AS visit, CASE i % 4 WHEN 0 THEN 'it' WHEN 1 THEN NULL ELSE 'de' END AS country,\n\
         (i % 50)::DOUBLE + 60 AS seconds, 'x' AS device FROM range(80) AS t(i)",
    );
    project.write("models/gold/new.sql", "SELECT 2 AS two");
    project.ingest(&["run", "--full-refresh"]).assert().success();
    forget(&project, "old");
    project
}

/// Takes a table out of the catalog, as one who removes it.
fn forget(project: &Project, table: &str) {
    let mut catalog = project.catalog();
    catalog.tables.retain(|entry| entry.name != table);
    let json = serde_json::to_vec(&catalog).expect("serialises");
    std::fs::write(project.gold("catalog.json"), json).expect("catalog");
}

#[test]
fn the_last_two_snapshots_are_compared_for_people() {
    let project = changed_visits();
    let (before, after) = (project.catalog().history[0].clone(), project.catalog());
    let shown = stdout(&project.ingest(&["diff"]).assert().success());
    let sizes = |text: &str| {
        // Sizes depend on the version of the writer.
        let lines = text
            .lines()
            .map(|line| match line.split_once("changed: visits (") {
                Some((_, rest)) => {
                    let rows = rest.split(", ").next().unwrap_or_default();
                    let files = rest
                        .split_once(", files")
                        .map(|(_, files)| files)
                        .unwrap_or_default();
                    format!("changed: visits ({rows}, SIZE, files{files}")
                }
                None if line.ends_with(" B)") => line.split(", ").next().unwrap_or_default().to_owned(),
                None => line.to_owned(),
            });
        lines.map(|line| line + "\n").collect::<String>()
    };
    let expected = format!(
        "\
local {} of {} -> local {} of {}
added: new (1 row
removed: old (1 row

changed: visits (100 -> 80 rows, SIZE, files: 1 new, 1 gone, 0 kept)
  removes day (date)
  changes visit from int64 to int32
  adds device (string)
  is made by other SQL
  check accepted_range(seconds, 0..100): passed -> failed by 9 rows
┌─────────┬───────────┬──────────┬───────┬────────┬─────────┬─────────┬───────────────────┐
│ column  ┆ nulls     ┆ distinct ┆ min   ┆ max    ┆ came    ┆ went    ┆ drift             │
╞═════════╪═══════════╪══════════╪═══════╪════════╪═════════╪═════════╪═══════════════════╡
│ visit   ┆           ┆ 100      ┆       ┆ 99     ┆         ┆         ┆ 0.23 moderate     │
│         ┆           ┆ -> 80    ┆       ┆ -> 79  ┆         ┆         ┆                   │
│ country ┆ 0.00%     ┆          ┆       ┆ fr     ┆ it (20) ┆ fr (25) ┆ 4.67 significant  │
│         ┆ -> 25.00% ┆          ┆       ┆ -> it  ┆         ┆         ┆                   │
│ seconds ┆           ┆          ┆ 0     ┆ 49     ┆         ┆         ┆ 13.56 significant │
│         ┆           ┆          ┆ -> 60 ┆ -> 109 ┆         ┆         ┆                   │
└─────────┴───────────┴──────────┴───────┴────────┴─────────┴─────────┴───────────────────┘
",
        before.snapshot_id, before.published_at, after.snapshot_id, after.published_at
    );
    assert_eq!(sizes(&shown), expected);
}

#[test]
fn a_table_can_be_looked_at_alone_and_whole() {
    let project = changed_visits();
    let shown = |arguments: &[&str]| stdout(&project.ingest(arguments).assert().success());
    let one = shown(&["diff", "new"]);
    assert!(one.contains("added: new") && !one.contains("visits"), "{one}");
    let same = shown(&["diff", "previous", "same"]);
    assert!(same.ends_with("\nnothing differs\n"), "{same}");
    let all = shown(&["diff", "--all"]);
    assert!(all.contains("unchanged: same"), "{all}");
}

#[test]
fn snapshots_are_named_in_either_order() {
    let project = changed_visits();
    let back = stdout(
        &project
            .ingest(&["diff", "current", "previous", "visits"])
            .assert()
            .success(),
    );
    for part in [
        "(80 -> 100 rows",
        "adds day (date)",
        "removes device (string)",
        "fr (25)",
    ] {
        assert!(back.contains(part), "{part} in {back}");
    }
    let former = &project.catalog().history[0].snapshot_id;
    let same = stdout(&project.ingest(&["diff", former, &former[..5]]).assert().success());
    assert!(same.contains("nothing differs"), "{same}");
}

#[test]
fn the_exit_code_tells_whether_anything_differs_where_it_is_asked_to() {
    let project = changed_visits();
    let code = |arguments: &[&str]| {
        let assert = project.ingest(arguments).assert();
        assert.get_output().status.code()
    };
    assert_eq!(code(&["diff"]), Some(0));
    assert_eq!(code(&["diff", "--exit-code"]), Some(1));
    assert_eq!(code(&["diff", "same", "--exit-code"]), Some(0));
    assert_eq!(code(&["diff", "nowhere"]), Some(1));
    assert_eq!(code(&["diff", "nowhere", "--exit-code"]), Some(2));
}

#[test]
fn programs_get_the_same_with_figures() {
    let project = changed_visits();
    let shown = stdout(&project.ingest(&["diff", "--json"]).assert().success());
    let diff: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(diff["added"][0]["table"], "new");
    assert_eq!(diff["removed"][0]["table"], "old");
    assert_eq!(diff["unchanged"], serde_json::json!(["same"]));
    let visits = &diff["changed"][0];
    assert_eq!(visits["rows"], serde_json::json!({"before": 100, "after": 80}));
    assert_eq!(
        visits["schema"]["removed"],
        serde_json::json!([{"column": "day", "type": "date"}])
    );
    assert_eq!(
        visits["checks"],
        serde_json::json!([{
            "check": "accepted_range(seconds, 0..100)",
            "before": {"status": "passed", "failing_rows": 0},
            "after": {"status": "failed", "failing_rows": 9},
        }])
    );
    let seconds = visits["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .find(|column| column["column"] == "seconds")
        .expect("seconds");
    assert_eq!(seconds["min"], serde_json::json!({"before": 0.0, "after": 60.0}));
    assert_eq!(seconds["drift"]["verdict"], "significant");
}

#[test]
fn two_targets_are_compared() {
    let project = visits();
    project.write(
        "ingest.toml",
        "name = 'lake'\ndefault_target = 'local'\n[targets.local]\ngold = 'gold'\n[targets.other]\ngold = 'other'\n",
    );
    project.ingest(&["run", "--target", "other"]).assert().success();
    let compared = |arguments: &[&str]| {
        let arguments = [&["diff", "--with-target", "other"], arguments].concat();
        stdout(&project.ingest(&arguments).assert().success())
    };
    let same = compared(&[]);
    assert!(
        same.starts_with("local ") && same.contains(" -> other "),
        "{same}"
    );
    assert!(same.ends_with("\nnothing differs\n"), "{same}");
    project.write("models/gold/same.sql", "SELECT 2 AS one");
    project.ingest(&["run", "--target", "other"]).assert().success();
    let differs = compared(&[]);
    assert!(differs.contains("changed: same (1 row, "), "{differs}");
    let former = compared(&["current", "previous"]);
    assert!(
        former.ends_with("\nnothing differs\n"),
        "TO is a snapshot of the other target: {former}"
    );
}

#[test]
fn what_cannot_be_compared_is_told_with_what_can() {
    let project = Project::shop();
    project.run().success();
    project
        .ingest(&["diff"])
        .assert()
        .code(1)
        .stderr(contains("has one snapshot only").and(contains("there is none before it")));
    project
        .ingest(&["diff", "current", "costumers"])
        .assert()
        .code(1)
        .stderr(contains("has no table `costumers`. Did you mean customers?"));
    let unknown = project.ingest(&["diff", "abcdef0123"]).assert().code(1);
    assert!(
        stderr(&unknown).contains(&format!(
            "remembers no snapshot `abcdef0123`: it has {}",
            project.catalog().snapshot_id
        )),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn what_a_table_says_of_itself_is_compared_too() {
    let project = visits();
    project.write(
        "models/gold/same.sql",
        "/* @ingest\ndescription: One.\ncluster_by: [one]\n*/ SELECT 1 AS one",
    );
    project.run().success();
    let shown = stdout(&project.ingest(&["diff", "same"]).assert().success());
    for part in ["description: none -> \"One.\"", "sorted by: none -> \"one\""] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn no_data_file_is_read() {
    let project = changed_visits();
    std::fs::remove_dir_all(project.gold("tables")).expect("data files");
    let shown = stdout(&project.ingest(&["diff", "--all"]).assert().success());
    assert!(shown.contains("changed: visits"), "{shown}");
}
