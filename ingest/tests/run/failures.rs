use ingest::engine::{Engine, Resources};
use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

#[test]
fn a_broken_source_is_named_by_file_and_keeps_out_only_what_reads_it() {
    let project = Project::shop();
    for file in ["raw/orders-1.csv", "raw/orders-2.csv"] {
        project.write(file, "Order ID,Customer\n1,2\n3\n4,5\n");
    }
    let assert = project.run().failure();
    let (shown, told) = (stdout(&assert), stderr(&assert));
    assert!(
        told.contains("source.orders failed") && told.contains("raw/orders-2.csv"),
        "{told}"
    );
    assert!(
        told.contains("gold.orders skipped because of source.orders"),
        "{told}"
    );
    assert!(shown.contains("customers changed"), "{shown}");
    let catalog = project.catalog();
    assert!(catalog.table("orders").is_none() && catalog.table("customers").is_some());
}

#[test]
fn of_many_files_only_the_broken_ones_are_complained_about() {
    let project = Project::new("[sources.parts]\npath = 'raw/*.parquet'\n");
    project.write("raw/b.parquet", "PAR1 and nothing else");
    project.write("raw/c.parquet", "");
    project.write("models/gold/parts.sql", "SELECT * FROM source.parts");
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    for sound in ["a", "d"] {
        let file = project.root().join(format!("raw/{sound}.parquet"));
        engine
            .execute(&format!("COPY (SELECT 1 AS x) TO '{}'", file.display()))
            .expect("Parquet");
    }
    let told = stderr(&project.run().failure());
    assert!(!told.contains("read_parquet("), "nobody wrote that: {told}");
    for (file, is_broken) in [("a", false), ("b", true), ("c", true), ("d", false)] {
        assert_eq!(
            told.contains(&format!("  raw/{file}.parquet: ")),
            is_broken,
            "{file} in {told}"
        );
    }
}

#[test]
fn a_failing_check_shows_rows_and_readers_keep_the_former_version() {
    let project = Project::shop();
    project.run().success();
    let former = project.catalog();
    project.write(
        "raw/orders-2.csv",
        "Order ID,Customer,Amount $,Placed At\n5,99,1,2024-02-01 00:00:00\n",
    );
    project.write("raw/customers.csv", "id,name\n7,Ada\n8,Bobby\n");
    let assert = project.run().failure();
    let told = stderr(&assert);
    assert!(
        told.contains(
            "models/gold/orders.sql: relationships(customer -> silver.customers.id): 1 row breaks it"
        ),
        "{told}"
    );
    assert!(told.contains("99"), "the bad row is shown: {told}");
    assert!(told.contains("not published: gold.orders"), "{told}");
    let now = project.catalog();
    assert_eq!(now.table("orders"), former.table("orders"));
    assert_ne!(
        now.table("customers"),
        former.table("customers"),
        "an independent table goes on"
    );
}

#[test]
fn every_rule_finds_the_rows_that_break_it() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nchecks:\n  - not_null: a\n  - unique: [a, b]\n  - accepted_values: {column: c, values: [x, y]}\n\
         \x20 - accepted_range: {column: a, min: 1, max: 2}\n  - accepted_range: {column: d, min: 2024-01-01}\n  - row_count: {max: 3}\n\
         \x20 - relationships: {column: a, to: silver.known, field: k}\n*/\n\
         SELECT * FROM (VALUES (1, 1, 'x', DATE '2023-12-31'), (1, 1, 'z', NULL), (NULL, 2, NULL, NULL), (9, 3, 'y', NULL)) t(a, b, c, d)",
    );
    project.write("models/silver/known.sql", "SELECT 1 AS k UNION ALL SELECT NULL");
    let told = stderr(&project.run().failure());
    for complaint in [
        "not_null(a): 1 row breaks it",
        "unique(a, b): 2 rows break it",
        "accepted_values(c): 1 row breaks it",
        "accepted_range(a, 1..2): 1 row breaks it",
        "accepted_range(d, 2024-01-01..): 1 row breaks it",
        "row_count(..3): there are 4 rows",
        "relationships(a -> silver.known.k): 1 row breaks it",
    ] {
        assert!(told.contains(complaint), "{complaint} in {told}");
    }
    assert!(
        !project.gold("catalog.json").exists(),
        "nothing was fit to be published"
    );
}

#[test]
fn a_warning_is_told_and_does_not_keep_out() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nchecks:\n  - not_null: a\n    severity: warn\n*/ SELECT NULL::INTEGER AS a",
    );
    project.run().success().stderr(contains(
        "warning: models/gold/t.sql: not_null(a): 1 row breaks it",
    ));
    let check = &project.manifest("t").checks[0];
    assert_eq!(
        (check.status, check.failing_rows),
        (catalog::CheckStatus::Failed, 1)
    );
    assert!(project.manifest("t").columns[0].nullable);
}

#[test]
fn a_broken_model_is_named_with_file_and_line_and_others_go_on() {
    let project = Project::shop();
    project.write(
        "models/silver/customers.sql",
        "SELECT id,\n  nmae\nFROM source.customers",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/silver/customers.sql: ") && told.contains("LINE 2"),
        "{told}"
    );
    assert!(
        told.contains("gold.customers skipped because of silver.customers"),
        "{told}"
    );
    assert!(
        told.contains("gold.orders skipped because of silver.customers"),
        "its check reads it: {told}"
    );

    project.write("models/silver/customers.sql", "SELECT * FROM source.customer");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/silver/customers.sql: line 1: table `source.customer` is not known"),
        "{told}"
    );
}

#[test]
fn a_check_over_tables_keeps_out_the_tables_that_it_guards_and_what_reads_them() {
    let project = Project::shop();
    project.write(
        "models/gold/daily.sql",
        "SELECT count(*) AS orders FROM gold.orders",
    );
    project.write(
        "checks/no_small_orders.sql",
        "SELECT * FROM gold.orders WHERE amount < 6 -- bad",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("checks/no_small_orders.sql: no_small_orders: 1 row breaks it"),
        "{told}"
    );
    assert!(
        told.contains("gold.orders skipped because of checks/no_small_orders.sql"),
        "{told}"
    );
    assert!(
        told.contains("gold.daily skipped because of gold.orders"),
        "{told}"
    );
    let names: Vec<_> = project
        .catalog()
        .tables
        .into_iter()
        .map(|table| table.name)
        .collect();
    assert_eq!(names, ["customers"]);

    project.write(
        "checks/no_small_orders.sql",
        "/* @ingest\nseverity: warn\n*/ SELECT * FROM gold.orders WHERE amount < 6",
    );
    project.run().success();
    let orders = project.manifest("orders");
    assert!(
        orders
            .checks
            .iter()
            .any(|check| check.name == "no_small_orders" && check.failing_rows == 1)
    );
}
