//! Raw files that are delivered once more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fixture::{Project, stderr, stdout};
use crate::web_server::{Asked, Server, answer};

const CSV: &str = "id,fare\n1,10\n2,20\n";

fn project(source: &str) -> Project {
    let project = Project::new(&format!("[sources.trips]\n{source}\n"));
    project.write(
        "models/gold/trips.sql",
        "/* @ingest\nmaterialized: incremental\nstrategy: append\n*/\nSELECT * FROM source.trips",
    );
    project
}

fn rows(project: &Project) -> u64 {
    project.manifest("trips").rows
}

fn plan(project: &Project) -> String {
    stdout(&project.ingest(&["plan"]).assert().success())
}

#[test]
fn a_copy_under_another_name_is_not_taken_in_again() {
    let project = project("path = 'raw/*.csv'");
    project.write("raw/a.csv", CSV);
    project.run().success();
    project.write("raw/b.csv", CSV);
    let ahead = plan(&project);
    assert!(
        ahead.contains("raw/b.csv has the content of raw/a.csv, which was taken in: it is left out"),
        "{ahead}"
    );
    project.run().success();
    assert_eq!(rows(&project), 2);
    assert!(plan(&project).contains("nothing to do"), "it is noted");
    // Also beside a file that is new, where the first is gone, and of the size of another.
    std::fs::remove_file(project.root().join("raw/a.csv")).expect("removed");
    project.write("raw/c.csv", CSV);
    project.write("raw/d.csv", &CSV.replace('1', "3"));
    project.run().success();
    assert_eq!(rows(&project), 4);
    assert!(plan(&project).contains("nothing to do"));
    // Once it has other rows it is another file.
    project.write("raw/c.csv", &CSV.replace('1', "4"));
    let told = stderr(&project.run().failure());
    assert!(told.contains("raw/c.csv changed after it was taken in"), "{told}");
}

#[test]
fn files_whose_names_are_in_their_rows_are_different() {
    for names in ["options = { filename = true }", "provenance = true"] {
        let project = project(&format!("path = 'raw/*.csv'\n{names}"));
        project.write("raw/a.csv", CSV);
        project.run().success();
        project.write("raw/b.csv", CSV);
        project.run().success();
        assert_eq!(rows(&project), 4, "{names}");
    }
}

#[test]
fn what_comes_again_replaces_what_came_between() {
    let project = project("path = 'raw/*.csv'");
    project.write(
        "models/gold/trips.sql",
        "/* @ingest\nmaterialized: incremental\nunique_key: id\n*/\nSELECT * FROM source.trips",
    );
    let fares = || {
        let sql = "SELECT string_agg(fare, ' ' ORDER BY id) AS fares FROM trips";
        stdout(
            &project
                .ingest(&["query", "--format", "csv", "--sql", sql])
                .assert()
                .success(),
        )
    };
    for (day, csv) in [("1", CSV), ("2", "id,fare\n1,11\n2,21\n"), ("3", CSV)] {
        project.write(&format!("raw/{day}.csv"), csv);
        project.run().success();
    }
    assert_eq!(fares(), "fares\n10 20\n");
}

#[test]
fn a_file_at_a_url_with_a_new_version_of_the_same_content_is_what_it_was() {
    let version = Arc::new(AtomicUsize::new(1));
    let now = version.clone();
    let server = Server::start(move |_: &Asked| {
        let version = now.load(Ordering::Relaxed);
        let csv = if version < 3 {
            CSV.to_owned()
        } else {
            CSV.replace('1', "3")
        };
        answer(200, &[("etag", &format!("\"v{version}\""))], &csv)
    });
    let project = project(&format!("path = '{}/trips.csv'", server.url));
    project.run().success();
    version.store(2, Ordering::Relaxed);
    assert!(plan(&project).contains("nothing to do"));
    project.run().success();
    assert_eq!(rows(&project), 2);
    version.store(3, Ordering::Relaxed);
    let told = stderr(&project.run().failure());
    assert!(told.contains("changed after it was taken in"), "{told}");
}
