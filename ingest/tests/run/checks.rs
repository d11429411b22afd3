//! Checks see what they must see, and are asked again when it changes.

use crate::fixture::{Project, stderr, stdout};

#[test]
fn a_check_is_asked_again_when_what_it_compares_with_changes() {
    let project = Project::shop();
    project.run().success();
    project.write("raw/customers.csv", "id,name\n7,Ada\n8,Bob\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("relationships(customer -> silver.customers.id): 1 row breaks it"),
        "customer 9 is gone, of whom there is an order: {told}"
    );
}

#[test]
fn a_check_of_silver_that_is_new_runs_although_no_row_changed() {
    let project = Project::new("[sources.s]\npath = 's.csv'\n");
    project.write("s.csv", "a,b\n1,\n2,x\n");
    project.write("models/silver/s.sql", "SELECT * FROM source.s");
    project.write("models/gold/g.sql", "SELECT a FROM silver.s");
    project.run().success();
    project.write(
        "models/silver/s.sql",
        "/* @ingest\nchecks:\n  - not_null: b\n*/ SELECT * FROM source.s",
    );
    let told = stderr(&project.run().failure());
    assert!(told.contains("not_null(b): 1 row breaks it"), "{told}");
    project.run().failure();
}

#[test]
fn a_warning_about_rows_that_are_there_stays_when_others_come() {
    let project = Project::new("[sources.s]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "a,b\n1,\n2,5\n");
    project.write(
        "models/gold/g.sql",
        "/* @ingest\nmaterialized: incremental\nchecks:\n  - not_null: b\n    severity: warn\n*/ SELECT * FROM source.s",
    );
    project.run().success();
    project.write("raw/2.csv", "a,b\n3,6\n");
    project.run().success();
    let check = project.manifest("g").checks.remove(0);
    assert_eq!(
        (check.status, check.failing_rows),
        (catalog::CheckStatus::Failed, 1),
        "the row is still there"
    );
}

#[test]
fn a_table_may_be_compared_with_itself() {
    let project = Project::new("[sources.s]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id,parent\n1,\n2,1\n");
    project.write(
        "models/gold/g.sql",
        "/* @ingest\nmaterialized: incremental\nchecks:\n  - relationships: {column: parent, to: gold.g, field: id}\n*/ SELECT * FROM source.s",
    );
    project.run().success();
    project.write("raw/2.csv", "id,parent\n3,2\n");
    project.run().success();
    project.write("raw/3.csv", "id,parent\n4,99\n");
    let told = stderr(&project.run().failure());
    assert!(told.contains("1 row breaks it") && told.contains("99"), "{told}");
}

#[test]
fn an_increment_is_compared_with_all_rows_of_a_table_that_grows_with_it() {
    let project = Project::new("[sources.s]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id,parent\n1,1\n");
    // Names without a schema are those of the context in which they are looked up.
    project.write("models/silver/known.sql", "SELECT id FROM s");
    project.write(
        "models/gold/g.sql",
        "/* @ingest\nmaterialized: incremental\nchecks:\n  - relationships: {column: parent, to: silver.known, field: id}\n*/ SELECT * FROM source.s",
    );
    project.run().success();
    project.write("raw/2.csv", "id,parent\n2,1\n");
    project.run().success();
    assert_eq!(project.manifest("g").rows, 2);
}

#[test]
fn rules_about_a_whole_table_are_not_asked_of_a_part_of_silver() {
    let project = Project::new("[sources.s]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id\n1\n2\n3\n");
    project.write(
        "models/silver/s.sql",
        "/* @ingest\nchecks:\n  - row_count: {min: 3}\n*/ SELECT * FROM source.s",
    );
    project.write(
        "models/gold/g.sql",
        "/* @ingest\nmaterialized: incremental\n*/ SELECT * FROM silver.s",
    );
    project.run().success();
    project.write("raw/2.csv", "id\n4\n");
    project.run().success();
    assert_eq!(project.manifest("g").rows, 4);
}

#[test]
fn freshness_needs_a_time() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nchecks:\n  - freshness: {column: day, max_age: 1h}\n*/ SELECT '2024-01-01' AS day",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("freshness names `day`, which is VARCHAR") && told.contains("CAST"),
        "{told}"
    );
}

#[test]
fn a_change_of_checks_is_not_lost_where_the_table_before_comes_out_as_it_was() {
    let project = Project::new("[sources.s]\npath = 's.csv'\n");
    project.write("s.csv", "a,b\n1,1\n");
    project.write("models/gold/base.sql", "SELECT a FROM source.s");
    project.write("models/gold/top.sql", "SELECT a FROM gold.base");
    project.run().success();
    project.write("s.csv", "a,b\n1,2\n");
    project.write(
        "models/gold/top.sql",
        "/* @ingest\nchecks:\n  - accepted_values: {column: a, values: [7]}\n*/ SELECT a FROM gold.base",
    );
    let told = stderr(&project.run().failure());
    assert!(told.contains("accepted_values(a): 1 row breaks it"), "{told}");
}

#[test]
fn what_only_checks_read_is_found_where_models_are_selected() {
    let project = Project::new("[sources.a]\npath = 'a.csv'\n[sources.b]\npath = 'b.csv'\n");
    project.write("a.csv", "id\n1\n");
    project.write("b.csv", "id\n1\n");
    project.write("models/silver/known.sql", "SELECT * FROM source.b");
    project.write(
        "models/gold/g.sql",
        "/* @ingest\nchecks:\n  - relationships: {column: id, to: silver.known, field: id}\n*/ SELECT * FROM source.a",
    );
    project.write("models/gold/broken.sql", "SELECT * FROM nothing");
    project.write(
        "checks/same.sql",
        "SELECT * FROM gold.g ANTI JOIN source.b USING (id)",
    );
    let shown = stdout(&project.ingest(&["run", "--select", "g"]).assert().success());
    assert!(
        shown.contains("2 passed") || shown.contains("1 passed"),
        "{shown}"
    );
    let told = stderr(
        &project
            .ingest(&["run", "--select", "source:a"])
            .assert()
            .failure(),
    );
    assert!(told.contains("--select source:a selects no model"), "{told}");
}
