//! Within a control group: what this process may use is seen, and kept to.

use std::process::{Command, Output};

use super::fixture::{Project, shown, told};

const WITHIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/src/bench/within.sh");
const LIMIT_BYTES: u64 = 400 << 20;

/// The command with so much memory, and the numbers of the report.
fn within(project: &Project, arguments: &[&str]) -> (Output, String) {
    let report = project.path("report");
    let output = Command::new("sh")
        .arg(WITHIN)
        .arg(LIMIT_BYTES.to_string())
        .arg(&report)
        .arg(env!("CARGO_BIN_EXE_ingest"))
        .args(arguments)
        .current_dir(project.root())
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(125), "{}", told(&output));
    let report = std::fs::read_to_string(report).unwrap();
    (output, report)
}

#[test]
fn the_limit_of_the_group_is_seen() {
    let project = Project::new("[targets.local]\ngold = 'gold'\n");
    let (output, _) = within(&project, &["settings"]);
    let shown = shown(&output);
    assert!(
        shown.contains("419.43 MB of memory (limited by the control group)"),
        "{shown}{}",
        told(&output)
    );
    // What is left beside the least reserve of 256 MiB is DuckDB's.
    assert!(shown.contains("150.99 MB"), "{shown}");
}

#[test]
fn a_sort_of_more_than_duckdb_may_use_gets_through() {
    let project = Project::new("[targets.local]\ngold = 'gold'\n");
    // 180 MB before anything is compressed.
    project.write(
        "models/gold/sorted.sql",
        "SELECT range // 100 AS a, range % 1000 AS b, range % 77 AS c, range % 123 AS d, range % 50 AS e, range % 60 AS f,
                range % 70 AS g, range AS h, range * 3 AS i
         FROM range(2500000) ORDER BY hash(range)",
    );
    let (output, report) = within(&project, &["run"]);
    assert!(
        output.status.success(),
        "{report}{}{}",
        shown(&output),
        told(&output)
    );
    assert!(report.contains("kills=0"), "{report}");
    assert!(project.path("gold/catalog.json").is_file());
}
