use std::process::{Command, Stdio};

use crate::fixture::Project;

/// Each process publishes a table of its own to one gold root, again and again; none gets lost.
#[test]
fn runs_at_once_on_different_tables_all_arrive() {
    let gold = tempfile::tempdir().expect("temporary folder");
    let projects: Vec<Project> = (0..4)
        .map(|number| {
            let project = Project::new("");
            project.write(
                "ingest.toml",
                "name = 'lake'\n[targets.shared]\ngold = '${SHARED_GOLD}'\n",
            );
            project.write(&format!("models/gold/table_{number}.sql"), "SELECT 0 AS round");
            project
        })
        .collect();
    for round in 1..=3 {
        let runs: Vec<_> = projects
            .iter()
            .enumerate()
            .map(|(number, project)| {
                project.write(
                    &format!("models/gold/table_{number}.sql"),
                    &format!("SELECT {round} AS round"),
                );
                Command::new(env!("CARGO_BIN_EXE_ingest"))
                    .args(["run"])
                    .current_dir(project.root())
                    .env("SHARED_GOLD", gold.path())
                    .stdout(Stdio::null())
                    .spawn()
                    .expect("starts")
            })
            .collect();
        for mut run in runs {
            assert!(run.wait().expect("ends").success());
        }
        let bytes = std::fs::read(gold.path().join("catalog.json")).expect("catalog.json");
        let catalog = catalog::Catalog::from_json(&bytes).expect("valid");
        assert_eq!(catalog.tables.len(), 4);
        for entry in &catalog.tables {
            let bytes = std::fs::read(gold.path().join(&entry.manifest)).expect("manifest");
            let manifest = catalog::TableManifest::from_json(&bytes).expect("valid");
            let published = &manifest.columns[0].statistics.min;
            assert_eq!(
                published,
                &Some(catalog::Scalar::Integer(round)),
                "{} in round {round}",
                entry.name
            );
        }
    }
}
