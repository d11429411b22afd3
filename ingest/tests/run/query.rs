use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

#[test]
fn rows_are_printed_with_types_and_a_limit() {
    let project = Project::shop();
    project.run().success();
    let sql = "SELECT order_id, placed_at, amount FROM orders JOIN customers c ON c.id = customer ORDER BY order_id; -- all";
    let assert = project
        .ingest(&["query", "--sql", sql, "--limit", "3"])
        .assert()
        .success();
    let shown = stdout(&assert);
    for part in ["order_id", "bigint", "timestamp", "2024-01-02T11:30:00", "20.0"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(
        !shown.contains("2024-01-04"),
        "the fourth row is beyond the limit: {shown}"
    );
    assert!(
        stderr(&assert).contains("the first 3 rows; --limit shows more, "),
        "{}",
        stderr(&assert)
    );
    project
        .ingest(&["query", "--sql", "SELECT amount FROM orders WHERE amount IS NULL"])
        .assert()
        .success()
        .stdout(contains("NULL"))
        .stderr(contains("1 row, "));
}

#[test]
fn statements_that_are_no_select_work_too() {
    let project = Project::shop();
    project.run().success();
    for (sql, part) in [
        ("SHOW TABLES", "customers"),
        ("DESCRIBE orders", "placed_at"),
        ("PIVOT orders ON customer USING count(*)", "7"),
        ("SELECT count(*) AS n FROM gold.orders", "4"),
    ] {
        project
            .ingest(&["query", "--sql", sql])
            .assert()
            .success()
            .stdout(contains(part));
    }
}

#[test]
fn bad_sql_ends_with_what_duckdb_says() {
    let project = Project::shop();
    project.run().success();
    let told = |sql: &str| stderr(&project.ingest(&["query", "--sql", sql]).assert().code(1));
    let message = told("SELECT nope FROM orders");
    assert!(
        message.contains("\"nope\" not found") && message.contains("LINE 1: SELECT nope"),
        "{message}"
    );
    assert!(told("SELEC 1").contains("syntax error"));
    let message = told("SELECT * FROM order_s");
    assert!(
        message.contains("does not exist") && message.contains("The catalog has customers, orders."),
        "{message}"
    );
    assert!(told("SELECT CAST(name AS INTEGER) FROM customers").contains("Could not convert string"));
}

#[test]
fn before_the_first_run_the_remedy_is_told() {
    let project = Project::shop();
    for verb in [&["query", "--sql", "SELECT 1"][..], &["show"]] {
        project.ingest(verb).assert().code(1).stderr(contains(
            "nothing is published at target local (gold) yet: run `ingest run` first",
        ));
    }
}
