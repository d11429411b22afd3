use std::process::{Child, Output};

use crate::fixture::{Project, text};
use crate::lake::Lake;

/// Projects that publish to one gold root.
fn sharing(count: usize) -> (tempfile::TempDir, Vec<Project>) {
    let gold = tempfile::tempdir().expect("temporary folder");
    let target = format!("gold = '{}'", gold.path().display());
    let projects = (0..count).map(|_| Project::with_target(&target)).collect();
    (gold, projects)
}

fn start(project: &Project) -> Child {
    project.ingest(&["run"]).spawn().expect("starts")
}

fn outputs(runs: Vec<Child>) -> Vec<Output> {
    runs.into_iter()
        .map(|run| run.wait_with_output().expect("ends"))
        .collect()
}

/// One project, run by several at once, as a schedule and a person do.
#[test]
fn runs_of_one_project_at_once_publish_once() {
    let project = Project::new();
    project.publish(0);
    for version in 1..=5 {
        project.set_version(version);
        let outputs = outputs((0..4).map(|_| start(&project)).collect());
        for output in &outputs {
            assert!(output.status.success(), "{}", text(output));
        }
        let lake = project.lake();
        lake.assert_whole();
        assert_eq!(lake.versions(), [version, version]);
        let history = lake.catalog().expect("published").history;
        assert_eq!(history.len() as i64, version, "one snapshot for each version");
    }
}

/// Several projects that make different rows for the same tables: each publishes or says that another one was first, and
/// each snapshot is of one of them.
#[test]
fn runs_that_want_the_same_tables_otherwise_come_one_after_the_other_or_say_why_not() {
    let (gold, projects) = sharing(4);
    let lake = Lake(gold.path().to_owned());
    let mut snapshots = 0;
    for round in 0..5 {
        for (number, project) in (0..).zip(&projects) {
            project.set_version(10 * round + number);
        }
        let outputs = outputs(projects.iter().map(start).collect());
        let succeeded = outputs.iter().filter(|output| output.status.success()).count();
        assert!(succeeded >= 1);
        for output in outputs.iter().filter(|output| !output.status.success()) {
            let told = text(output);
            assert!(
                told.contains("published by somebody else in the meantime: a, b"),
                "{told}"
            );
        }
        snapshots += succeeded;
        lake.assert_whole();
        let versions = lake.versions();
        assert_eq!(versions[0], versions[1], "both tables are of one run");
        assert_eq!(versions[0] / 10, round);
        let remembered = lake.catalog().expect("published").history.len();
        assert_eq!(remembered, (snapshots - 1).min(10), "each success is a snapshot");
    }
}

/// Each process publishes a table of its own to one gold root, again and again; none gets lost.
#[test]
fn runs_at_once_of_different_tables_all_arrive() {
    let (gold, projects) = sharing(4);
    let lake = Lake(gold.path().to_owned());
    for (number, project) in projects.iter().enumerate() {
        for table in ["a", "b"] {
            std::fs::remove_file(project.path(&format!("models/gold/{table}.sql"))).expect("removed");
        }
        project.set_table(&format!("table_{number}"), 0, 10);
    }
    for round in 1..=5 {
        for (number, project) in projects.iter().enumerate() {
            project.set_table(&format!("table_{number}"), round, 10);
        }
        for output in outputs(projects.iter().map(start).collect()) {
            assert!(output.status.success(), "{}", text(&output));
        }
        lake.assert_whole();
        assert_eq!(lake.versions(), [round; 4]);
    }
}

/// A run that is held while another one publishes the same tables: what it has made is of the version before.
#[cfg(unix)]
#[test]
fn a_run_that_was_overtaken_publishes_nothing_and_says_so() {
    let (gold, projects) = sharing(2);
    let lake = Lake(gold.path().to_owned());
    let [held, other] = &projects[..] else {
        unreachable!("two projects");
    };
    other.publish(1);
    held.set_version(2);
    held.write(
        "models/gold/slow.sql",
        "SELECT 2::INTEGER AS v, count(*) FILTER (a.range * b.range % 7 = 3) AS n FROM range(100000) a, range(100) b",
    );
    let run = start(held);
    let signal = |name: &str| {
        let sent = std::process::Command::new("kill")
            .args([name, &run.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
    };
    // Its temporary folder comes when it has read the catalog.
    let has_begun = || {
        let entries = std::fs::read_dir(held.root()).expect("project");
        entries
            .map(|entry| entry.expect("entry").file_name())
            .any(|name| name.to_string_lossy().starts_with("ingest-"))
    };
    while !has_begun() {
        std::thread::yield_now();
    }
    signal("-STOP");
    other.publish(3);
    signal("-CONT");
    let output = run.wait_with_output().expect("ends");
    assert!(!output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("published by somebody else in the meantime: a, b"),
        "{}",
        text(&output)
    );
    assert_eq!(lake.versions(), [3, 3]);
    held.succeed(&["run"]);
    assert_eq!(
        lake.versions(),
        [2, 2, 2],
        "planned again, it comes after the other"
    );
}
