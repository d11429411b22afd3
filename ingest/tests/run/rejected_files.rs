//! Files that cannot be read, beside others that can.

use crate::fixture::{Project, stderr, stdout};

/// A good file and what else is given, and a model of all of them.
fn project(header: &str, files: &[(&str, &[u8])]) -> Project {
    let project = Project::new("[sources.trips]\npath = 'raw/*.csv'\n");
    project.write("raw/1.csv", "id,name\n1,a\n2,b\n");
    for (file, bytes) in files {
        put(&project, file, bytes);
    }
    project.write(
        "models/gold/trips.sql",
        &format!("/* @ingest\n{header}\n*/ SELECT id, name FROM source.trips"),
    );
    project
}

fn put(project: &Project, file: &str, bytes: &[u8]) {
    std::fs::write(project.root().join(file), bytes).expect("raw file");
}

/// The lists of all runs, of which there is one.
fn listed(project: &Project) -> serde_json::Value {
    let mut lists = std::fs::read_dir(project.gold("rejected")).expect("rejected");
    let path = lists.next().expect("a list").expect("a list").path();
    assert!(lists.next().is_none(), "one run");
    serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON")
}

const GROWS: &str = "materialized: incremental";
/// ISO-8859-1, which DuckDB does not take for UTF-8.
const LATIN: &[u8] = b"id,name\n3,c\n4,caf\xe9\n";

#[test]
fn a_file_of_another_encoding_is_left_out_named_and_listed() {
    let project = project("description: Trips.", &[("raw/2.csv", LATIN)]);
    let assert = project.run().failure();
    let (shown, told) = (stdout(&assert), stderr(&assert));
    assert!(shown.contains("in part"), "{shown}");
    assert!(
        told.contains("source.trips: 1 file could not be read and is left out; the next run tries again\n  raw/2.csv, line 3: ")
            && told.contains("not utf-8 encoded"),
        "{told}"
    );
    assert_eq!(project.manifest("trips").rows, 2);
    let list = listed(&project);
    let file = &list["files"][0];
    assert_eq!(
        (file["source"].as_str(), file["path"].as_str()),
        (Some("trips"), Some("raw/2.csv"))
    );
    assert_eq!(
        (file["bytes"].as_u64(), file["line"].as_u64()),
        (Some(LATIN.len() as u64), Some(3))
    );
    assert!(
        file["version"].is_string() && file["reason"].is_string(),
        "{list}"
    );
    project.run().failure();
    put(&project, "raw/2.csv", b"id,name\n3,c\n");
    project.run().success();
    assert_eq!(project.manifest("trips").rows, 3, "it was tried again");
    project.run().success();
}

#[test]
fn a_table_that_grows_takes_in_the_good_files_and_tries_the_bad_ones_again() {
    let project = project(GROWS, &[]);
    project.run().success();
    put(&project, "raw/2.csv", LATIN);
    put(&project, "raw/3.csv", b"id,name\n5,e\n");
    let assert = project.run().failure();
    assert!(
        stderr(&assert).contains("raw/2.csv, line 3: "),
        "{}",
        stderr(&assert)
    );
    assert_eq!(project.manifest("trips").rows, 3);
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("source.trips failed\n  raw/2.csv: ") && !told.contains("raw/3.csv"),
        "it alone is tried: {told}"
    );
    assert_eq!(project.manifest("trips").rows, 3);
    put(&project, "raw/2.csv", b"id,name\n3,c\n");
    project.run().success();
    assert_eq!(project.manifest("trips").rows, 4, "no row twice, none lost");
}

#[test]
fn a_file_whose_rows_are_published_is_not_left_out() {
    let project = project("description: Trips.", &[("raw/2.csv", b"id,name\n3,c\n")]);
    project.run().success();
    put(&project, "raw/2.csv", LATIN);
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/2.csv of source.trips cannot be read, and the published version has its rows: they would be lost"),
        "{told}"
    );
    assert_eq!(project.manifest("trips").rows, 3);
    project.ingest(&["run", "--full-refresh"]).assert().failure();
    assert_eq!(project.manifest("trips").rows, 2, "the loss was accepted");
}

#[test]
fn where_later_files_replace_earlier_ones_none_is_left_out() {
    let header = format!("{GROWS}\nunique_key: id\nstrategy: delete+insert");
    let project = project(&header, &[("raw/2.csv", LATIN)]);
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/2.csv of source.trips cannot be read, and with this strategy a file that comes later replaces"),
        "{told}"
    );
    assert!(!project.gold("catalog.json").exists());
}

#[test]
fn a_source_without_a_readable_file_fails() {
    let project = project("description: Trips.", &[("raw/1.csv", LATIN)]);
    let told = stderr(&project.run().failure());
    assert!(told.contains("source.trips failed\n  raw/1.csv: "), "{told}");
    assert_eq!(listed(&project)["files"][0]["path"], "raw/1.csv");
}
