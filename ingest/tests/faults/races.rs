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

pub fn outputs(runs: Vec<Child>) -> Vec<Output> {
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

/// Several projects that make different rows for the same tables: each publishes, one after the other, and each snapshot
/// is of one of them.
#[test]
fn runs_that_want_the_same_tables_otherwise_come_one_after_the_other() {
    let (gold, projects) = sharing(4);
    let lake = Lake(gold.path().to_owned());
    let mut snapshots = 0;
    for round in 0..5 {
        for (number, project) in (0..).zip(&projects) {
            project.set_version(10 * round + number);
        }
        for output in outputs(projects.iter().map(start).collect()) {
            assert!(output.status.success(), "{}", text(&output));
        }
        snapshots += projects.len();
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

/// Takes about a second.
pub const SLOW: &str = "SELECT 2::INTEGER AS v, count(*) FILTER (a.range * b.range % 7 = 3) AS n FROM range(100000) a, range(100) b";

#[cfg(unix)]
pub fn signal(run: &Child, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([name, &run.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

/// Stops a run that has planned and makes this table now.
#[cfg(unix)]
pub fn hold_when_it_makes(project: &Project, table: &str, run: &Child) {
    let is_making = || {
        let entries = std::fs::read_dir(project.root()).expect("project");
        entries
            .map(|entry| entry.expect("entry").path())
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("ingest-"))
            })
            .any(|scratch| scratch.join("gold").join(table).exists())
    };
    while !is_making() {
        std::thread::yield_now();
    }
    signal(run, "-STOP");
}

/// A run that is held while another one publishes the same tables: what it has made is of the version before.
#[cfg(unix)]
#[test]
fn a_run_that_was_overtaken_says_so_and_makes_its_tables_of_the_new_version() {
    let (gold, projects) = sharing(2);
    let lake = Lake(gold.path().to_owned());
    let [held, other] = &projects[..] else {
        unreachable!("two projects");
    };
    other.publish(1);
    held.set_version(2);
    held.write("models/gold/slow.sql", SLOW);
    let run = start(held);
    hold_when_it_makes(held, "slow", &run);
    other.publish(3);
    let overtaking = lake.catalog().expect("published").snapshot_id;
    signal(&run, "-CONT");
    let output = run.wait_with_output().expect("ends");
    let told = text(&output);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("published by somebody else in the meantime: a, b; planning again"),
        "{told}"
    );
    assert_eq!(
        lake.versions(),
        [2, 2, 2],
        "planned again, it comes after the other"
    );
    let history = lake.catalog().expect("published").history;
    assert_eq!(
        history[0].snapshot_id, overtaking,
        "nothing of the first plan was published"
    );
    lake.assert_whole();
}
