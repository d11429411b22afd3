//! Seeds of a dbt project as sources.
//!
//! Invariant: a seed `countries` is `source.countries`; columns keep the names that they have in its file. What is said of a
//! seed and is not done here is refused by its name, and keeps out only what reads the seed.
//!
//! Entry point: [`add`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::draft::placed_in_yaml;
use super::files::ProjectFile;
use super::jinja::{Jinja, Names};
use super::model::is_empty;
use super::project::{self, DbtProject};
use super::properties::{Node, Properties};
use super::{Fields, Loaded, is_off};
use crate::names::table;
use crate::project::{ModelError, ProjectError, SourceConfig, SourceFormat};

/// What may be said of a seed and changes none of its rows here.
const WITHOUT_EFFECT: [&str; 13] = [
    "column_types",
    "delimiter",
    "enabled",
    "tags",
    "meta",
    "docs",
    "group",
    "schema",
    "database",
    "quote_columns",
    "persist_docs",
    "grants",
    "event_time",
];

/// What is not done, and what to do instead.
const REFUSED: [(&str, &str); 5] = [
    ("pre-hook", "hooks are not run: take it out"),
    ("post-hook", "hooks are not run: take it out"),
    (
        "full_refresh",
        "take it out: a seed is read again whenever its file changes",
    ),
    (
        "alias",
        "a seed is called as its file is: rename the file, or take it out",
    ),
    (
        "contract",
        "it is not enforced here: take it out, and write types as column_types",
    ),
];

/// Takes in the seeds that are not switched off, and notes what they are called.
pub(super) fn add(
    project: &DbtProject,
    properties: &Properties,
    jinja: &Jinja,
    files: &[ProjectFile],
    names: &mut Names,
    loaded: &mut Loaded,
) -> Result<(), ProjectError> {
    for file in files {
        let stem = file.stem();
        let node = properties.seeds.get(&stem);
        let name = table(&stem);
        let config = config(project, jinja, file, node);
        if config.as_ref().is_ok_and(is_off) {
            continue;
        }
        let options = config.and_then(|config| {
            let place =
                |(key, reason): (String, String)| placed_in_yaml(project, "seeds", file, node, &key, &reason);
            options(&config).map_err(place)
        });
        let options = match options {
            Ok(options) => options,
            Err(reason) => {
                let name = format!("gold.{name}");
                names.models.insert(stem, name.clone());
                loaded.models.push(Err(ModelError {
                    name,
                    file: file.path.clone(),
                    reason,
                }));
                continue;
            }
        };
        let source = SourceConfig {
            description: node.and_then(|node| node.description.clone()),
            options,
            ..SourceConfig::of_files(&file.path.to_string_lossy(), Some(SourceFormat::Csv))
        };
        if loaded.sources.insert(name.clone(), source).is_some() {
            return Err(ProjectError::InvalidConfig {
                file: file.path.clone(),
                reason: format!(
                    "another seed or source is the table source.{name} already: rename one of them"
                ),
            });
        }
        names.models.insert(stem, format!("source.{name}"));
    }
    Ok(())
}

/// What all files say of a seed.
fn config(
    project: &DbtProject,
    jinja: &Jinja,
    file: &ProjectFile,
    node: Option<&Node>,
) -> Result<Fields, String> {
    let mut all = project.of_seed(&file.folders(), &file.stem());
    for (name, mut value) in node.and_then(|node| node.config.clone()).unwrap_or_default() {
        jinja
            .texts(&mut value)
            .map_err(|reason| format!("config {name}: {reason}"))?;
        project::merge(&mut all, name.strip_prefix('+').unwrap_or(&name), value);
    }
    Ok(all)
}

/// Options of DuckDB's reader; or the name of the configuration that is refused, and why.
fn options(config: &Fields) -> Result<BTreeMap<String, toml::Value>, (String, String)> {
    let mut options = BTreeMap::new();
    for (key, value) in config.iter().filter(|(_, value)| !is_empty(value)) {
        let refused = |remedy: &str| (key.clone(), format!("config {key} of a seed: {remedy}"));
        if let Some((_, remedy)) = REFUSED.iter().find(|(name, _)| name == key) {
            return Err(refused(remedy));
        }
        match (key.as_str(), value) {
            ("delimiter", Value::String(delimiter)) => {
                options.insert("delim".to_owned(), toml::Value::from(delimiter.as_str()));
            }
            ("column_types", Value::Object(types)) => {
                let types = types.iter().map(|(column, name)| {
                    let name = name.as_str().ok_or_else(|| {
                        refused(&format!(
                            "{column} has {name}, which is no type: write one of DuckDB's"
                        ))
                    })?;
                    Ok::<_, (String, String)>((column.clone(), toml::Value::from(name)))
                });
                let types = types.collect::<Result<toml::Table, _>>()?;
                options.insert("types".to_owned(), toml::Value::Table(types));
            }
            ("delimiter", _) => return Err(refused("it is no text")),
            ("column_types", _) => return Err(refused("write a type for each column, as in {zip: varchar}")),
            ("materialized", Value::String(kind)) if kind == "seed" => {}
            (known, _) if WITHOUT_EFFECT.contains(&known) => {}
            _ => {
                return Err(refused(
                    "it is not known here, only column_types, delimiter and enabled are: take it out",
                ));
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(config: &Value) -> Result<BTreeMap<String, toml::Value>, (String, String)> {
        options(config.as_object().expect("an object"))
    }

    #[test]
    fn types_and_delimiter_become_options_of_the_reader() {
        let config = serde_json::json!({
            "column_types": {"zip": "varchar(5)"}, "delimiter": ";", "enabled": true, "tags": ["a"], "pre-hook": [],
            "materialized": "seed", "quote_columns": false
        });
        let expected =
            toml::from_str::<toml::Table>("delim = ';'\ntypes = {zip = 'varchar(5)'}").expect("TOML");
        assert_eq!(read(&config), Ok(expected.into_iter().collect()));
    }

    #[test]
    fn all_else_is_refused_by_its_name() {
        for (config, key) in [
            (serde_json::json!({"post-hook": "x"}), "post-hook"),
            (serde_json::json!({"full_refresh": true}), "full_refresh"),
            (serde_json::json!({"alias": "x"}), "alias"),
            (serde_json::json!({"colum_types": {"a": "int"}}), "colum_types"),
            (serde_json::json!({"column_types": ["a"]}), "column_types"),
            (serde_json::json!({"column_types": {"a": 7}}), "column_types"),
            (serde_json::json!({"delimiter": 7}), "delimiter"),
            (serde_json::json!({"materialized": "table"}), "materialized"),
        ] {
            let (named, told) = read(&config).expect_err("refused");
            assert_eq!(named, key);
            assert!(told.starts_with(&format!("config {key} of a seed: ")), "{told}");
        }
    }
}
