//! What would lose rows of a table that grows is refused, with the way to accept it.

use crate::fixture::{Project, stderr, stdout};

/// Trips of two raw files, and a model that takes them in.
fn trips(header: &str, select: &str) -> Project {
    let project = Project::new("[sources.trips]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id,fare\n1,10\n2,20\n");
    project.write("raw/2.csv", "id,fare\n3,30\n");
    model(&project, header, select);
    project.run().success();
    project
}

fn model(project: &Project, header: &str, select: &str) {
    project.write(
        "models/gold/trips.sql",
        &format!("/* @ingest\n{header}\n*/ {select}"),
    );
}

fn rows(project: &Project) -> u64 {
    project.manifest("trips").rows
}

fn forget(project: &Project, file: &str) {
    std::fs::remove_file(project.root().join(file)).expect("removed");
}

const GROWS: &str = "materialized: incremental";

#[test]
fn columns_of_a_wider_type_need_all_files() {
    let project = trips(GROWS, "SELECT id::INTEGER AS id, fare FROM source.trips");
    // The same SQL may return a wider type of wider input: here by a macro of the input itself.
    model(
        &project,
        &format!("{GROWS}\non_schema_change: sync_all_columns"),
        "SELECT id, fare FROM source.trips",
    );
    let shown = stdout(&project.run().success());
    assert!(shown.contains("rebuilt"), "{shown}");
    assert_eq!(rows(&project), 3);
    forget(&project, "raw/1.csv");
    model(
        &project,
        &format!("{GROWS}\non_schema_change: sync_all_columns"),
        "SELECT id, fare * 2 AS fare FROM source.trips",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("their rows would be lost") && told.contains("--full-refresh"),
        "{told}"
    );
    assert_eq!(rows(&project), 3);
}

#[test]
fn a_column_that_was_there_once_and_comes_again_is_not_what_it_was() {
    let header = format!("{GROWS}\non_schema_change: sync_all_columns");
    let project = Project::new("[sources.trips]\npath = 'raw/*.csv'\noptions = { union_by_name = true }\n");
    project.write("raw/1.csv", "id,extra\n1,10\n");
    model(&project, &header, "SELECT * FROM source.trips");
    project.run().success();
    project.write("raw/2.csv", "id\n2\n");
    project.run().success();
    assert!(project.manifest("trips").column("extra").is_none());
    project.write("raw/3.csv", "id,extra\n3,text\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/3.csv") || told.contains("extra"),
        "a text is no number: {told}"
    );
    project.write("raw/3.csv", "id,extra\n3,30\n");
    let shown = stdout(&project.run().success());
    assert!(
        shown.contains("rebuilt"),
        "old files hold a column of that name: {shown}"
    );
    let extra = project
        .manifest("trips")
        .column("extra")
        .cloned()
        .expect("column");
    assert_eq!((rows(&project), extra.statistics.null_count), (3, Some(1)));
}

#[test]
fn without_notes_on_what_went_in_nothing_is_made_anew_unasked() {
    let project = trips(GROWS, "SELECT * FROM source.trips");
    let state = project.catalog().tables.remove(0).state.expect("state");
    forget(&project, "raw/1.csv");
    for damage in ["{}", "no JSON"] {
        std::fs::write(project.gold(&state), damage).expect("damaged");
        let told = stderr(&project.run().failure());
        assert!(
            told.contains("what went into the published version is not known"),
            "{told}"
        );
        assert_eq!(rows(&project), 3);
    }
    project.ingest(&["run", "--full-refresh"]).assert().success();
    assert_eq!(rows(&project), 1);
}

#[test]
fn a_table_that_does_not_grow_any_more_keeps_what_it_has() {
    let project = trips(GROWS, "SELECT * FROM source.trips");
    forget(&project, "raw/1.csv");
    model(&project, "materialized: table", "SELECT * FROM source.trips");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("it is not incremental any more") && told.contains("would be lost"),
        "{told}"
    );
    assert_eq!(rows(&project), 3);
}

#[test]
fn a_landing_zone_that_was_emptied_is_no_change_and_one_that_cannot_be_read_is_told() {
    let project = trips(GROWS, "SELECT * FROM source.trips");
    forget(&project, "raw/1.csv");
    forget(&project, "raw/2.csv");
    let assert = project.run().success();
    assert!(stdout(&assert).contains("nothing to do"), "{}", stdout(&assert));
    assert!(stderr(&assert).contains("2 files of source.trips that were taken in are gone; the rows stay"));
    let config = std::fs::read_to_string(project.root().join("ingest.toml")).expect("config");
    project.write(
        "ingest.toml",
        &config.replace("raw/*.csv", "${NO_SUCH_VARIABLE}/*.csv"),
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("NO_SUCH_VARIABLE") && !told.contains("would be lost"),
        "{told}"
    );
    assert_eq!(rows(&project), 3);
}

#[test]
fn the_key_of_a_merge_is_looked_at_from_the_first_run_on() {
    let project = Project::new("[sources.trips]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id,fare\n1,10\n");
    project.write("raw/2.csv", "id,fare\n1,20\n");
    model(
        &project,
        &format!("{GROWS}\nunique_key: id"),
        "SELECT * FROM source.trips",
    );
    let told = stderr(&project.run().failure());
    assert!(told.contains("unique_key (id) occurs more than once"), "{told}");
    model(&project, GROWS, "SELECT * FROM source.trips");
    project.run().success();
    assert_eq!(rows(&project), 2);
    model(
        &project,
        &format!("{GROWS}\nunique_key: id"),
        "SELECT * FROM source.trips",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("occurs more than once"),
        "another strategy looks at all rows: {told}"
    );
}

#[test]
fn an_increment_without_rows_leaves_the_files_and_is_not_asked_again() {
    let project = trips(GROWS, "SELECT * FROM source.trips WHERE fare < 100");
    let before = project.manifest("trips").files;
    project.write("raw/3.csv", "id,fare\n9,900\n");
    project.run().success();
    assert_eq!(project.manifest("trips").files, before);
    let shown = stdout(&project.run().success());
    assert!(shown.contains("nothing to do"), "{shown}");
}

#[test]
fn two_sources_over_the_same_files_are_two_sources() {
    let project = Project::new("[sources.a]\npath = 'raw/*.csv'\n[sources.b]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id\n1\n");
    for (table, input) in [("x", "a"), ("y", "b")] {
        project.write(
            &format!("models/gold/{table}.sql"),
            &format!("/* @ingest\n{GROWS}\ninput: {input}\n*/ SELECT id, (SELECT count(*) FROM source.a) AS all_of_a, (SELECT count(*) FROM source.b) AS all_of_b FROM source.{input}"),
        );
    }
    project.run().success();
    project.write("raw/2.csv", "id\n2\n");
    project.run().success();
    let shown = stdout(
        &project
            .ingest(&["query", "--sql", "SELECT x.all_of_a * 1000 + x.all_of_b * 100 + y.all_of_a * 10 + y.all_of_b AS seen FROM x JOIN y USING (id) WHERE id = 2"])
            .assert()
            .success(),
    );
    assert!(
        shown.contains(" 1221 "),
        "each sees its own input's new file and all of the other: {shown}"
    );
}

#[test]
fn a_file_that_was_only_touched_is_what_it_was() {
    let project = trips(GROWS, "SELECT * FROM source.trips");
    project.write(
        "models/gold/total.sql",
        "SELECT sum(fare)::BIGINT AS fares FROM source.trips",
    );
    project.run().success();
    for file in ["raw/1.csv", "raw/2.csv"] {
        let content = std::fs::read(project.root().join(file)).expect("raw");
        forget(&project, file);
        std::fs::write(project.root().join(file), content).expect("checked out anew");
    }
    let shown = stdout(&project.run().success());
    assert!(shown.contains("nothing to do"), "{shown}");
    project.write("raw/1.csv", "id,fare\n1,11\n2,20\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/1.csv changed after it was taken in"),
        "same size, other content: {told}"
    );
}
