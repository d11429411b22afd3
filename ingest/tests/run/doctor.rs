//! `ingest doctor` on this machine: without a project, with a broken one, with a folder as its target.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn findings(folder: &Path, arguments: &[&str]) -> (bool, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
    command
        .current_dir(folder)
        .env_remove("AWS_ACCESS_KEY_ID")
        .args(["doctor", "--json"]);
    let output = command.args(arguments).output().expect("runs");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (
        output.status.success(),
        report["findings"].as_array().expect("a list").clone(),
    )
}

fn finding<'a>(findings: &'a [Value], check: &str, state: &str) -> &'a str {
    let found = findings
        .iter()
        .find(|finding| finding["check"] == check && finding["state"] == state)
        .unwrap_or_else(|| panic!("no {check} that is {state}: {findings:#?}"));
    found["found"].as_str().expect("text")
}

fn project(folder: &Path, gold: &str) {
    let config =
        format!("name = \"t\"\n[targets.local]\ngold = \"{gold}\"\n[sources.days]\npath = \"days.csv\"\n");
    std::fs::write(folder.join("ingest.toml"), config).expect("written");
    std::fs::write(folder.join("days.csv"), "day\n2024-01-01\n").expect("written");
    std::fs::create_dir_all(folder.join("models/gold")).expect("made");
    std::fs::write(folder.join("models/gold/t.sql"), "SELECT * FROM source.days").expect("written");
}

#[test]
fn without_a_project_the_machine_is_looked_at() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (is_well, found) = findings(folder.path(), &[]);
    assert!(is_well, "{found:#?}");
    assert!(finding(&found, "project", "warning").contains("no ingest.toml"));
    assert!(finding(&found, "DuckDB", "ok").starts_with('v'));
    assert!(finding(&found, "memory", "ok").contains("DuckDB may use"));
    // A folder alone needs no project, and is not made.
    let (is_well, found) = findings(folder.path(), &["new/gold"]);
    assert!(is_well, "{found:#?}");
    assert!(finding(&found, "target", "ok").contains("can be written"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
}

#[test]
fn a_folder_is_written_to_and_left_as_it_was() {
    let folder = tempfile::tempdir().expect("temporary folder");
    project(folder.path(), "gold");
    let (is_well, found) = findings(folder.path(), &[]);
    assert!(is_well, "{found:#?}");
    assert_eq!(
        finding(&found, "project", "ok"),
        "t: 1 source, 1 model, 0 check files"
    );
    assert_eq!(finding(&found, "source.days", "ok"), "1 file of 15 B");
    assert_eq!(finding(&found, "catalog", "ok"), "nothing is published yet");
    assert!(!folder.path().join("gold").exists());
    std::fs::create_dir(folder.path().join("gold")).expect("made");
    std::fs::write(
        folder.path().join("gold/catalog.json"),
        "{\"format_version\": 99}",
    )
    .expect("written");
    let (is_well, found) = findings(folder.path(), &[]);
    assert!(!is_well);
    assert!(finding(&found, "catalog", "error").contains("99"), "{found:#?}");
    assert_eq!(
        std::fs::read_dir(folder.path().join("gold"))
            .expect("listed")
            .count(),
        1
    );
}

#[test]
fn what_is_in_the_way_is_an_error() {
    let folder = tempfile::tempdir().expect("temporary folder");
    // Below a file nobody can write, whoever it is.
    project(folder.path(), "days.csv/gold");
    let (is_well, found) = findings(folder.path(), &["--memory-limit", "900TB"]);
    assert!(!is_well);
    assert!(finding(&found, "target", "error").contains("days.csv/gold cannot be written"));
    finding(&found, "memory", "warning");

    project(folder.path(), "gold");
    std::fs::write(folder.path().join("models/gold/t.sql"), "SELEC 1").expect("written");
    std::fs::remove_file(folder.path().join("days.csv")).expect("removed");
    let (is_well, found) = findings(folder.path(), &["--temp-directory", "nowhere/at/all"]);
    assert!(!is_well);
    finding(&found, "temporary folder", "error");
    let (is_well, found) = findings(folder.path(), &[]);
    assert!(!is_well);
    assert!(
        finding(&found, "project", "error").contains("models/gold/t.sql"),
        "{found:#?}"
    );
    assert!(finding(&found, "source.days", "error").contains("days.csv does not exist"));

    std::fs::write(folder.path().join("ingest.toml"), "name = ").expect("written");
    let (is_well, found) = findings(folder.path(), &[]);
    assert!(!is_well);
    assert!(
        finding(&found, "project", "error").contains("ingest.toml"),
        "{found:#?}"
    );
}

#[test]
fn a_bucket_without_credentials_or_an_answer_is_an_error() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let no_profile = folder.path().join("no_profile");
    std::fs::write(&no_profile, "").expect("written");
    let bucket = ["s3://lake/gold", "--s3-endpoint", "http://127.0.0.1:9"];
    let look = |secret: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
        command
            .current_dir(folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", &no_profile)
            .env("AWS_SHARED_CREDENTIALS_FILE", &no_profile)
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        if let Some(secret) = secret {
            command
                .env("AWS_ACCESS_KEY_ID", "AKID")
                .env("AWS_SECRET_ACCESS_KEY", secret);
        }
        let output = command.arg("doctor").args(bucket).output().expect("runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let printed = look(None);
    assert!(
        printed.contains("no credentials were found: set AWS_ACCESS_KEY_ID"),
        "{printed}"
    );
    let printed = look(Some("S3KRET"));
    assert!(
        printed.contains("http://127.0.0.1:9 does not answer"),
        "{printed}"
    );
    assert!(printed.contains("error: store: check endpoint"), "{printed}");
    assert!(!printed.contains("S3KRET"), "{printed}");
}
