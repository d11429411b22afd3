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
fn instants_are_printed_in_utc_wherever_they_stand() {
    let project = Project::shop();
    project.run().success();
    let sql = "SELECT timestamptz '2024-05-06 07:08:09+02' AS a, [a] AS b, {'c': a} AS c, map {'k': a} AS d, NULL::TIMESTAMPTZ AS e";
    let assert = project.ingest(&["query", "--sql", sql]).assert().success();
    let shown = stdout(&assert);
    assert_eq!(shown.matches("2024-05-06T05:08:09Z").count(), 4, "{shown}");
    assert!(shown.contains("NULL"), "{shown}");
    project
        .ingest(&["query", "--sql", "SELECT now()"])
        .assert()
        .success();
}

#[test]
fn many_rows_are_printed_in_order_below_one_header() {
    let project = Project::shop();
    project.run().success();
    let sql = "SELECT i AS number, 'row ' || i AS name FROM range(20000) t(i) ORDER BY i DESC";
    let lines = |limit: &str| {
        let assert = project
            .ingest(&["query", "--sql", sql, "--limit", limit])
            .assert()
            .success();
        let lines: Vec<String> = stdout(&assert).lines().map(str::to_owned).collect();
        (lines, stderr(&assert))
    };
    let (all, told) = lines("9999999");
    assert_eq!(all.len(), 20_000 + 5, "two lines of header and three borders");
    assert!(told.starts_with("20,000 rows, "), "{told}");
    assert_eq!(all[4], "│  19999 ┆ row 19999 │");
    assert_eq!(all[20_003], "│      0 ┆ row 0     │");
    assert!(all[20_004].starts_with('└'), "{}", all[20_004]);
    let (some, told) = lines("5000");
    assert_eq!(some[..5004], all[..5004]);
    assert_eq!(some[5004..], all[20_004..], "the border and nothing else");
    assert!(
        told.starts_with("the first 5,000 rows; --limit shows more, "),
        "{told}"
    );
}

#[test]
fn results_that_no_table_can_hold_are_printed_too() {
    let project = Project::shop();
    project.run().success();
    for (sql, part) in [
        ("SELECT row(41, 'x') AS pair", "41"),
        ("EXPLAIN ANALYZE SELECT * FROM orders", "PARQUET"),
        ("SELECT 1 AS a, 2 AS a -- the end", "2 │"),
    ] {
        project
            .ingest(&["query", "--sql", sql])
            .assert()
            .success()
            .stdout(contains(part));
    }
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
