use std::process::{Command, Stdio};
use std::time::Duration;

use crate::fixture::{Project, stderr, stdout};

const COUNT: [&str; 3] = ["query", "--sql", "SELECT count(*) AS n, max(v) AS v FROM t"];

#[test]
fn a_publication_that_fails_halfway_leaves_the_former_snapshot() {
    let project = Project::new("");
    project.write("models/gold/t.sql", "SELECT 1 AS v");
    project.run().success();
    let before = std::fs::read(project.gold("catalog.json")).expect("catalog.json");
    project.write("models/gold/t.sql", "SELECT 2 AS v");
    project.write("models/gold/u.sql", "SELECT 1 AS v");
    // A file where a folder must be: u cannot be written, when t is written already.
    project.write("gold/tables/u", "in the way");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("cannot write tables/u/") && told.contains("target local (gold)"),
        "{told}"
    );
    assert_eq!(
        std::fs::read(project.gold("catalog.json")).expect("catalog.json"),
        before
    );
    let shown = stdout(&project.ingest(&COUNT).assert().success());
    assert!(shown.contains("1 ┆       1 │"), "{shown}");
}

#[test]
fn a_run_heals_a_root_that_lost_objects() {
    let project = Project::new("");
    project.write("models/gold/t.sql", "SELECT 1 AS v");
    project.run().success();
    let manifest = project.manifest("t");
    let entry = project.catalog().tables.remove(0);
    std::fs::remove_file(project.gold(&entry.manifest)).expect("removed");
    std::fs::remove_file(project.gold(&manifest.files[0].key)).expect("removed");
    let told = stderr(&project.ingest(&COUNT).assert().code(1));
    assert!(told.contains("is not there: publish the table again"), "{told}");
    project.run().success();
    project.ingest(&COUNT).assert().success();
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT count(*) AS n FROM range(100000) a, range(10000000) b WHERE a.range + b.range < 0",
    );
    let temporary = tempfile::tempdir().expect("temporary folder");
    let mut run = Command::new(env!("CARGO_BIN_EXE_ingest"))
        .args(["run"])
        .current_dir(project.root())
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let entries = || std::fs::read_dir(temporary.path()).expect("folder").count();
    while entries() == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    let killed = Command::new("kill")
        .args(["-TERM", &run.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    assert_eq!(run.wait().expect("ends").code(), Some(130));
    assert_eq!(entries(), 0);
    assert!(!project.gold("catalog.json").exists());
}
