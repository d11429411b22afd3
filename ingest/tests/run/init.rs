//! `ingest init`: a project that runs at once, and nothing that was there is lost.

use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;

use crate::fixture::{stderr, stdout};

pub(crate) fn ingest(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
    command.current_dir(folder).args(arguments).assert()
}

/// Runs the project; a second run has nothing to do.
pub(crate) fn runs(folder: &Path, project: &str) {
    let run = ingest(folder, &["run", "--project", project]).success();
    assert!(!stderr(&run).contains("warning"), "{}", stderr(&run));
    let plan = ingest(folder, &["plan", "--project", project]).success();
    assert!(stdout(&plan).contains("nothing to do"), "{}", stdout(&plan));
}

#[test]
fn a_new_project_runs_and_answers() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let made = ingest(folder.path(), &["init", "Ada's lake"]).success();
    let printed = stdout(&made);
    assert!(
        printed.contains(r"ingest run --project 'Ada'\''s lake'"),
        "{printed}"
    );
    assert!(folder.path().join("Ada's lake/.env.example").exists());
    runs(folder.path(), "Ada's lake");
    let question = "SELECT country, count(*) AS orders, sum(amount) AS amount FROM orders \
                    GROUP BY country ORDER BY orders DESC, country";
    ingest(
        folder.path(),
        &[
            "query",
            "--project",
            "Ada's lake",
            "--format",
            "csv",
            "--sql",
            question,
        ],
    )
    .success()
    .stdout(predicate::str::contains("DE,7,305.80").and(predicate::str::contains("AT,3,")));
    ingest(folder.path(), &["show", "--project", "Ada's lake"])
        .success()
        .stdout(predicate::str::contains("Ada's lake").and(predicate::str::contains("product_days")));
}

#[test]
fn what_is_there_stays_and_a_project_is_refused() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let own = folder.path().join(".gitignore");
    std::fs::write(&own, "*.log\n").expect("written");
    let made = ingest(folder.path(), &["init", "."]).success();
    assert!(
        stderr(&made).contains("was there and stays as it is"),
        "{}",
        stderr(&made)
    );
    assert!(
        stderr(&made).contains("add to ./.gitignore: .env and /.goldpan/"),
        "{}",
        stderr(&made)
    );
    assert_eq!(std::fs::read_to_string(&own).expect("there"), "*.log\n");
    runs(folder.path(), ".");

    let config = folder.path().join("ingest.toml");
    std::fs::write(&config, "name = 'mine'\n").expect("written");
    std::fs::remove_file(folder.path().join("raw/orders.csv")).expect("removed");
    ingest(folder.path(), &["init", "."])
        .failure()
        .stderr(predicate::str::contains(
            "is a project already: give init another folder",
        ));
    assert_eq!(
        std::fs::read_to_string(&config).expect("there"),
        "name = 'mine'\n"
    );
    assert!(
        !folder.path().join("raw/orders.csv").exists(),
        "nothing is written"
    );

    ingest(folder.path(), &["init", "ingest.toml"])
        .failure()
        .stderr(predicate::str::contains("is a file: give init a folder"));
    ingest(folder.path(), &["init", ".gitignore/below"])
        .failure()
        .stderr(predicate::str::contains(
            "cannot write .gitignore/below/.gitignore",
        ));
}
