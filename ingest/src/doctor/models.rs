//! Whether the project can be read: models, checks, sources.

use std::path::Path;

use std::collections::BTreeSet;

use super::finding::Findings;
use crate::engine::Engine;
use crate::plan::{Graph, Names};
use crate::print;
use crate::project::{Layer, Project};
use crate::source;

/// Reads models and checks, as far as that needs no rows.
pub(super) fn look(project: &Project, engine: &Engine, findings: &mut Findings) {
    let read = || {
        let mut models = project.models(Layer::Silver)?;
        models.extend(project.models(Layer::Gold)?);
        Ok::<_, crate::project::ProjectError>((models, project.check_files()?))
    };
    let (models, checks) = match read() {
        Ok(read) => read,
        Err(error) => return findings.failed("project", &error),
    };
    let counts = (models.len() as u64, checks.len() as u64);
    let sources: BTreeSet<String> = project.sources().map(|(name, _)| name.to_owned()).collect();
    let names = Names::new(&sources, &models);
    let graph = Graph::of(engine, names, models, checks);
    let refused: Vec<_> = graph.refused.iter().chain(&graph.refused_checks).collect();
    for error in &refused {
        findings.failed("project", error);
    }
    if counts.0 == 0 {
        findings.error(
            "project",
            "it has no models",
            "write a SELECT to models/gold/NAME.sql: it becomes the table NAME",
        );
    } else if refused.is_empty() {
        findings.ok(
            "project",
            format!(
                "{}: {}, {}, {}",
                project.name,
                print::counted(sources.len() as u64, "source"),
                print::counted(counts.0, "model"),
                print::counted(counts.1, "check file"),
            ),
        );
    }
}

/// Lists the files of each source; what is at a URL is not asked. Returns the bytes that a run fetches from buckets.
pub(super) async fn look_at_sources(project: &Project, folder: &Path, findings: &mut Findings) -> u64 {
    let mut fetched_bytes = 0;
    for (name, config) in project.sources() {
        let check = format!("source.{name}");
        let config = match config {
            Ok(config) => config,
            Err(error) => {
                findings.failed(&check, &error);
                continue;
            }
        };
        if source::is_url(&config.path) {
            findings.ok(&check, "at a URL, which is not asked here");
            continue;
        }
        match source::list(project, &config, folder).await {
            Ok(files) if files.is_empty() => findings.failed(&check, &source::nothing_found(&config)),
            Ok(files) => {
                let bytes = files.iter().map(|file| file.input.bytes).sum();
                if config.path.contains("://") {
                    fetched_bytes += bytes;
                }
                let count = print::counted(files.len() as u64, "file");
                findings.ok(&check, format!("{count} of {}", print::bytes(bytes)));
            }
            Err(error) => findings.failed(&check, &error),
        }
    }
    fetched_bytes
}
