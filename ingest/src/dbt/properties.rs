//! What the `.yml` files below the models, seeds and snapshots say of them and of sources.
//!
//! Entry point: [`Properties::read`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::Fields;
use super::files::ProjectFile;
use super::jinja::Jinja;
use super::line::{line_of, prefix};
use crate::nearest::nearest;
use crate::project::ProjectError;

/// What is said of a model, a seed or a table of a source.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Node {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub config: Option<Fields>,
    #[serde(default)]
    pub meta: Option<Fields>,
    /// Of a source's table: what it is called where it is stored.
    #[serde(default)]
    pub identifier: Option<String>,
    #[serde(default)]
    pub columns: Option<Vec<Column>>,
    #[serde(default)]
    tests: Option<Vec<Value>>,
    #[serde(default)]
    data_tests: Option<Vec<Value>>,
    /// Where it stands.
    #[serde(skip)]
    pub file: PathBuf,
    /// The text of that file.
    #[serde(skip)]
    pub text: Arc<str>,
}

/// What is said of a column.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Column {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    tests: Option<Vec<Value>>,
    #[serde(default)]
    data_tests: Option<Vec<Value>>,
}

/// A source: several tables.
#[derive(Debug, Clone, Deserialize)]
struct Source {
    name: String,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    config: Option<Fields>,
    #[serde(default)]
    meta: Option<Fields>,
    #[serde(default)]
    tables: Option<Vec<Node>>,
}

#[derive(Debug, Default, Deserialize)]
struct PropertiesFile {
    #[serde(default)]
    models: Option<Vec<Node>>,
    #[serde(default)]
    seeds: Option<Vec<Node>>,
    #[serde(default)]
    snapshots: Option<Vec<Node>>,
    #[serde(default)]
    sources: Option<Vec<Source>>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub models: BTreeMap<String, Node>,
    pub seeds: BTreeMap<String, Node>,
    pub snapshots: Vec<Node>,
    /// Tables of sources, each with the source's name and its files, where it says which they are.
    pub sources: Vec<(String, Option<Location>, Node)>,
}

/// Where files are.
#[derive(Debug, Clone)]
pub(super) struct Location {
    pub path: String,
    /// The path as it is written where it holds variables, which may be secrets.
    pub written: String,
}

impl Node {
    /// Tests, each with the column to which it belongs.
    pub fn tests(&self) -> impl Iterator<Item = (Option<&str>, &Value)> {
        let of_columns = self.columns.iter().flatten().flat_map(|column| {
            let tests = column.tests.iter().chain(&column.data_tests).flatten();
            tests.map(|test| (Some(column.name.as_str()), test))
        });
        let own = self.tests.iter().chain(&self.data_tests).flatten();
        own.map(|test| (None, test)).chain(of_columns)
    }
}

impl Properties {
    /// Reads the files.
    pub fn read(files: &[ProjectFile], jinja: &Jinja) -> Result<Self, ProjectError> {
        let mut all = Self::default();
        for file in files {
            let invalid = |reason: String| ProjectError::InvalidConfig {
                file: file.path.clone(),
                reason,
            };
            let value = file.yaml()?;
            if value.is_null() {
                continue;
            }
            let said: PropertiesFile =
                serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
            let text: Arc<str> = file.text.as_str().into();
            let placed = |node: Node| Node {
                file: file.path.clone(),
                text: text.clone(),
                ..node
            };
            let named = |nodes: Option<Vec<Node>>| {
                let nodes = nodes.into_iter().flatten();
                nodes.map(move |node| (node.name.clone(), placed(node)))
            };
            for (kind, nodes, into) in [
                ("model", said.models, &mut all.models),
                ("seed", said.seeds, &mut all.seeds),
            ] {
                for (name, node) in named(nodes) {
                    if let Some(before) = into.insert(name.clone(), node) {
                        return Err(invalid(format!(
                            "{kind} {name} is described in {} too: write it once",
                            before.file.display()
                        )));
                    }
                }
            }
            all.snapshots.extend(named(said.snapshots).map(|(_, node)| node));
            for source in said.sources.into_iter().flatten() {
                for table in source.tables.clone().into_iter().flatten() {
                    let table = placed(table);
                    let location = location(&source, &table, jinja).map_err(|reason| {
                        invalid(format!("source {}.{}: {reason}", source.name, table.name))
                    })?;
                    all.sources.push((source.name.clone(), location, table));
                }
            }
        }
        Ok(all)
    }

    /// A warning for each model and seed that is described and has no file.
    pub fn without_file(&self, models: &[ProjectFile], seeds: &[ProjectFile]) -> Vec<String> {
        let stems = |files: &[ProjectFile]| files.iter().map(ProjectFile::stem).collect::<BTreeSet<_>>();
        let (models, seeds) = (stems(models), stems(seeds));
        let mut warnings = Vec::new();
        for (kind, described, own, other) in [
            ("model", &self.models, &models, ("seed", &seeds)),
            ("seed", &self.seeds, &seeds, ("model", &models)),
        ] {
            for (name, node) in described.iter().filter(|(name, _)| !own.contains(*name)) {
                let known: Vec<&str> = own.iter().map(String::as_str).collect();
                let remedy = match nearest(name, &known) {
                    _ if other.1.contains(name) => format!("it is a {0}: move it below {0}s:", other.0),
                    Some(meant) => format!("did you mean {meant}? Write that, or take it out"),
                    None => "write a file's name without its extension, or take it out".to_owned(),
                };
                warnings.push(format!(
                    "{}: {}no file is the {kind} {name}, so that what is said of it is left out, its tests too: {remedy}",
                    node.file.display(),
                    prefix(line_of(&node.text, &[&format!("{kind}s"), name]))
                ));
            }
        }
        warnings
    }
}

/// Where the files of a source's table are: dbt-duckdb's `external_location`, of the table or else of the source.
fn location(source: &Source, table: &Node, jinja: &Jinja) -> Result<Option<Location>, String> {
    let of = |fields: Option<&Fields>| fields.and_then(|fields| fields.get("external_location")).cloned();
    let of_config = |config: Option<&Fields>| {
        let config = config?;
        of(Some(config)).or_else(|| of(config.get("meta").and_then(Value::as_object)))
    };
    let said = of(table.meta.as_ref())
        .or_else(|| of_config(table.config.as_ref()))
        .or_else(|| of(source.meta.as_ref()))
        .or_else(|| of_config(source.config.as_ref()));
    let Some(said) = said else {
        return Ok(None);
    };
    let said = said.as_str().ok_or("external_location is no text")?;
    let identifier = table.identifier.as_deref().unwrap_or(&table.name);
    let schema = source.schema.as_deref().unwrap_or(&source.name);
    let place = jinja
        .text(said)?
        .replace("{name}", &table.name)
        .replace("{identifier}", &jinja.text(identifier)?)
        .replace("{schema}", &jinja.text(schema)?)
        .replace("{source_name}", &source.name);
    let path = bare(&place);
    let is_rendered = [said, identifier, schema]
        .iter()
        .any(|text| text.contains("{{") || text.contains("{%"));
    let written = if is_rendered { bare(said) } else { path };
    if path.contains('{') {
        return Err(format!(
            "external_location holds a placeholder that is not known, {written}: placeholders are {{name}}, {{identifier}}, \
             {{schema}} and {{source_name}}"
        ));
    }
    if path.contains('(') {
        return Err(format!(
            "external_location calls a function, {written}: write the path alone, as in s3://bucket/{{name}}/*.parquet"
        ));
    }
    Ok(Some(Location {
        path: path.to_owned(),
        written: written.to_owned(),
    }))
}

/// A path without quotes around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    quoted.unwrap_or(text)
}
