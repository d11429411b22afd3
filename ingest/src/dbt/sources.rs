//! Sources of a dbt project as sources.
//!
//! Invariant: `source('raw', 'trips')` is the table `source.raw_trips`; columns keep the names that they have in the files.

use std::collections::BTreeMap;

use super::jinja::{Names, list};
use super::properties::Properties;
use crate::names::table;
use crate::project::{ProjectError, SourceConfig};

/// Collects them, and notes what they are called.
pub(super) fn all(
    properties: &Properties,
    names: &mut Names,
) -> Result<BTreeMap<String, SourceConfig>, ProjectError> {
    let mut sources = BTreeMap::new();
    for (source, location, node) in &properties.sources {
        let written = (source.clone(), node.name.clone());
        let Some(location) = location else {
            let reason = format!(
                "source('{source}', '{}') does not say where its files are: add meta: {{external_location: …}} to it in {}, a path, \
                 a glob or s3://…",
                node.name,
                node.file.display()
            );
            names.sources.insert(written, Err(reason));
            continue;
        };
        let name = table(&format!("{source}_{}", node.name));
        let config = SourceConfig {
            description: node.description.clone(),
            written: location.written.clone(),
            ..SourceConfig::of_files(&location.path, None)
        };
        if sources.insert(name.clone(), config).is_some() {
            return Err(ProjectError::InvalidConfig {
                file: node.file.clone(),
                reason: format!(
                    "source {source}.{} would be the table source.{name}, and so would another one: rename one of them",
                    node.name
                ),
            });
        }
        names.sources.insert(written, Ok(format!("source.{name}")));
    }
    Ok(sources)
}

/// The source that a model calls its input: `raw.trips`, a seed, or the name of its table.
pub(super) fn named(text: &str, names: &Names) -> Result<String, String> {
    let tables = || names.sources.values().flatten();
    let table = |text: &str| tables().find(|name| *name == text).cloned();
    let of_source = text
        .split_once('.')
        .and_then(|(source, table)| names.sources.get(&(source.to_owned(), table.to_owned())))
        .and_then(|name| name.clone().ok());
    let of_seed = names
        .models
        .get(text)
        .filter(|name| name.starts_with("source."))
        .cloned();
    let found = of_source
        .or(of_seed)
        .or_else(|| table(text))
        .or_else(|| table(&format!("source.{text}")));
    found
        .map(|name| name.trim_start_matches("source.").to_owned())
        .ok_or_else(|| {
            let known = names
                .sources
                .keys()
                .map(|(source, table)| format!("{source}.{table}"));
            let known: Vec<String> = known.collect();
            format!(
                "config input names `{text}`, which is no source: write one of {}",
                list(known.iter().map(String::as_str))
            )
        })
}
