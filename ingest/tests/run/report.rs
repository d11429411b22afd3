use std::path::PathBuf;

use serde_json::Value;

use crate::fixture::{Project, stderr};

fn reports(project: &Project) -> Vec<Value> {
    let mut files: Vec<PathBuf> = match std::fs::read_dir(project.gold("runs")) {
        Ok(entries) => entries.map(|entry| entry.expect("entry").path()).collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    let read = |file: &PathBuf| serde_json::from_slice(&std::fs::read(file).expect("report")).expect("JSON");
    files.iter().map(read).collect()
}

fn step<'a>(report: &'a Value, name: &str) -> &'a Value {
    let steps = report["steps"].as_array().expect("steps");
    steps
        .iter()
        .find(|step| step["name"] == name)
        .unwrap_or_else(|| panic!("{name} in {report}"))
}

#[test]
fn a_run_leaves_a_report_of_what_it_did() {
    let project = Project::shop();
    project.run().success();
    let reports = reports(&project);
    assert_eq!(reports.len(), 1);
    let report = &reports[0];
    assert_eq!(report["status"], "succeeded");
    assert_eq!(report["snapshot_id"], project.catalog().snapshot_id);
    let orders = step(report, "gold.orders");
    assert_eq!(
        (&orders["action"], &orders["rows"]),
        (&Value::from("new"), &Value::from(4))
    );
    assert_eq!(orders["inputs"]["orders"], 2);
    assert_eq!(orders["checks"][0]["name"], "not_null(order_id)");
    assert!(
        orders["peak_memory_bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes > 1 << 20),
        "{orders}"
    );
    assert!(orders["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    assert_eq!(orders["bytes"], project.manifest("orders").bytes);
    project.run().success();
    assert_eq!(
        self::reports(&project).len(),
        1,
        "a run that did nothing reports nothing"
    );
}

#[test]
fn a_run_that_fails_reports_bad_rows_and_what_was_skipped() {
    let project = Project::shop();
    project.write("raw/customers.csv", "id,name\n7,Ada\n7,Bob\n9,Cy\n");
    project.run().failure();
    let report = &reports(&project)[0];
    assert_eq!(report["status"], "failed");
    let customers = step(report, "silver.customers");
    assert_eq!(customers["status"], "failed");
    assert_eq!(customers["checks"][0]["sample"][0]["id"], 7);
    assert_eq!(step(report, "gold.orders")["status"], "skipped");
}

#[test]
fn freshness_is_told_even_where_nothing_changed() {
    let project = Project::new("");
    let write = |age: &str| {
        project.write(
            "models/gold/t.sql",
            &format!("/* @ingest\nchecks:\n  - freshness: {{column: at, max_age: {age}}}\n*/ SELECT now()::TIMESTAMP - INTERVAL 2 DAY AS at, 1 AS a"),
        );
    };
    write("3 days");
    project.run().success();
    let file = std::fs::read_to_string(project.root().join("models/gold/t.sql")).expect("model");
    write("1h");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("freshness(at, 1h): the newest value should be"),
        "{told}"
    );
    project.write("models/gold/t.sql", &file);
    project.run().success();
}

#[test]
fn bad_rows_are_shown_whole_whatever_their_columns_are_called() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nchecks:\n  - not_null: n\n*/ SELECT 1 AS bad, NULL::INTEGER AS n",
    );
    project.run().failure();
    let sample = step(&reports(&project)[0], "gold.t")["checks"][0]["sample"].clone();
    assert_eq!(sample, serde_json::json!([{"bad": 1, "n": null}]));
}
