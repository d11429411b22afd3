//! `dbt_project.yml`: names, folders, variables, and what it says of the models and seeds of a folder.
//!
//! Invariant: `vars: {goldpan: …}` has the tables of `ingest.toml` (`targets`, `settings`, `default_target`), so that where gold
//! goes and every setting are found as in any other project. dbt takes it for the variables of a package.
//!
//! Entry point: [`DbtProject::parse`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::jinja::Jinja;
use super::{Fields, yaml};
use crate::project::{Config, ProjectError, TargetTable};
use crate::settings::{Environment, Table};

/// The target of a project that names none, and its place.
const TARGET: (&str, &str) = ("local", ".goldpan/gold");

/// What `dbt_project.yml` says.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DbtProject {
    pub name: String,
    #[serde(default = "models", rename = "model-paths", alias = "source-paths")]
    pub model_paths: Vec<String>,
    #[serde(default = "tests", rename = "test-paths")]
    pub test_paths: Vec<String>,
    #[serde(default = "seeds", rename = "seed-paths", alias = "data-paths")]
    pub seed_paths: Vec<String>,
    #[serde(default = "snapshots", rename = "snapshot-paths")]
    pub snapshot_paths: Vec<String>,
    #[serde(default)]
    pub vars: Option<Fields>,
    #[serde(default)]
    models: Value,
    #[serde(default, rename = "seeds")]
    seed_configs: Value,
    #[serde(default, rename = "on-run-start")]
    on_run_start: Value,
    #[serde(default, rename = "on-run-end")]
    on_run_end: Value,
    /// All of it.
    #[serde(skip)]
    pub text: String,
}

/// `vars: {goldpan: …}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Goldpan {
    #[serde(default)]
    default_target: Option<String>,
    #[serde(default)]
    settings: Table,
    #[serde(default)]
    targets: BTreeMap<String, TargetTable>,
}

fn models() -> Vec<String> {
    vec!["models".to_owned()]
}

fn tests() -> Vec<String> {
    vec!["tests".to_owned()]
}

fn seeds() -> Vec<String> {
    vec!["seeds".to_owned()]
}

fn snapshots() -> Vec<String> {
    vec!["snapshots".to_owned()]
}

impl DbtProject {
    /// Reads the file's text.
    pub fn parse(file: &Path, text: &str, environment: &Environment) -> Result<Self, ProjectError> {
        let invalid = |reason: String| ProjectError::InvalidConfig {
            file: file.to_owned(),
            reason,
        };
        let mut value = yaml(file, text)?;
        let jinja = Jinja {
            package: String::new(),
            vars: Fields::new(),
            environment: environment.clone(),
            target: String::new(),
        };
        for (key, value) in value.as_object_mut().into_iter().flatten() {
            // Hooks are refused unread.
            if !key.starts_with("on-run-") && key != "query-comment" {
                jinja
                    .texts(value)
                    .map_err(|reason| invalid(format!("{key}: {reason}")))?;
            }
        }
        let mut project: Self = serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
        for (key, hooks) in [
            ("on-run-start", &project.on_run_start),
            ("on-run-end", &project.on_run_end),
        ] {
            let is_empty = hooks.as_array().is_some_and(Vec::is_empty) || hooks.is_null();
            if !is_empty {
                let line = text.lines().position(|line| line.starts_with(key)).unwrap_or(0) + 1;
                return Err(invalid(format!(
                    "line {line}: {key} is a hook, and hooks are not run: take it out; models need no statement before or after them"
                )));
            }
        }
        text.clone_into(&mut project.text);
        Ok(project)
    }

    /// What `ingest.toml` would say.
    pub fn config(&self, file: &Path) -> Result<Config, ProjectError> {
        let invalid = |reason: String| ProjectError::InvalidConfig {
            file: file.to_owned(),
            reason: format!("vars: goldpan: {reason}"),
        };
        let vars = self.vars.as_ref();
        let said = match vars.and_then(|vars| vars.get("goldpan")) {
            Some(said) => serde_json::from_value(said.clone()).map_err(|error| invalid(error.to_string()))?,
            None => Goldpan::default(),
        };
        let mut targets = said.targets;
        if targets.is_empty() {
            let (name, gold) = TARGET;
            let target = TargetTable {
                gold: gold.to_owned(),
                settings: Table::new(),
            };
            targets.insert(name.to_owned(), target);
        }
        let config = Config {
            name: self.name.clone(),
            default_target: said.default_target,
            settings: said.settings,
            targets,
            sources: BTreeMap::new(),
        };
        config.check(file)?;
        Ok(config)
    }

    /// What it says of a model: what is nearer to it counts more, `tags` add up.
    pub fn of_model(&self, folders: &[String], model: &str) -> Fields {
        self.of(&self.models, folders, model)
    }

    /// The same of a seed.
    pub fn of_seed(&self, folders: &[String], seed: &str) -> Fields {
        self.of(&self.seed_configs, folders, seed)
    }

    fn of(&self, said: &Value, folders: &[String], name: &str) -> Fields {
        let mut found = Fields::new();
        let mut level = said.as_object();
        let steps = std::iter::once(self.name.as_str())
            .chain(folders.iter().map(String::as_str))
            .chain([name]);
        let mut steps = steps.peekable();
        while let Some(fields) = level {
            let next = steps.next();
            for (key, value) in fields {
                // As in dbt, what has names below it is a folder.
                let is_folder = value.is_object() && (key != "column_types" || Some(key.as_str()) == next);
                let name = match key.strip_prefix('+') {
                    Some(name) => name,
                    None if is_folder => continue,
                    None => key,
                };
                merge(&mut found, name, value.clone());
            }
            level = next.and_then(|next| fields.get(next)).and_then(Value::as_object);
        }
        found
    }
}

/// Takes a configuration over: `tags` add up, of all else the last counts.
pub(super) fn merge(into: &mut Fields, name: &str, value: Value) {
    let name = match name {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        name => name,
    };
    if name == "tags" {
        let mut tags = words(into.get("tags"));
        tags.extend(words(Some(&value)));
        into.insert("tags".to_owned(), Value::from(tags));
    } else {
        into.insert(name.to_owned(), value);
    }
}

/// One text or a list of them.
pub(super) fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DbtProject, String> {
        let environment = Environment::of(&[("BUCKET", "lake")], &[]);
        DbtProject::parse(Path::new("dbt_project.yml"), text, &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn a_folder_says_how_its_models_are_kept() {
        let project = parse(
            "name: shop\nmodels:\n  +tags: all\n  shop:\n    materialized: table\n    staging:\n      +materialized: view\n      +tags: [raw]\n\
             \x20     special:\n        +materialized: incremental\n",
        )
        .expect("parses");
        let of = |folders: &[&str], model| {
            let folders: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
            let fields = project.of_model(&folders, model);
            (
                fields["materialized"].as_str().map(str::to_owned),
                words(fields.get("tags")),
            )
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of(&["marts"], "a"), (text("table"), vec!["all".to_owned()]));
        assert_eq!(
            of(&["staging"], "a"),
            (text("view"), vec!["all".to_owned(), "raw".to_owned()])
        );
        assert_eq!(of(&["staging"], "special").0, text("incremental"));
    }

    #[test]
    fn a_folder_says_how_its_seeds_are_read() {
        let project = parse(
            "name: shop\nmodels:\n  pre-hook: x\nseeds:\n  delimiter: ;\n  shop:\n    off: {enabled: false}\n    zips:\n      column_types: {zip: varchar}\n\
             \x20   column_types: {enabled: true}\n",
        )
        .expect("parses");
        let of = |seed| Value::Object(project.of_seed(&[], seed));
        let types = serde_json::json!({"enabled": true});
        assert_eq!(
            of("other"),
            serde_json::json!({"delimiter": ";", "column_types": types})
        );
        assert_eq!(of("off")["enabled"], false);
        assert_eq!(of("zips")["column_types"], serde_json::json!({"zip": "varchar"}));
        // A seed may be called so.
        assert_eq!(
            of("column_types"),
            serde_json::json!({"delimiter": ";", "enabled": true})
        );
        assert_eq!(project.of_model(&[], "a")["pre-hook"], "x");
    }

    #[test]
    fn gold_goes_below_the_project_unless_said_otherwise() {
        let config = |text: &str| {
            parse(text)?
                .config(Path::new("dbt_project.yml"))
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            config("name: shop").expect("config").targets["local"].gold,
            ".goldpan/gold"
        );
        let said = config(
            "name: shop\nvars:\n  goldpan:\n    targets:\n      dev: {gold: \"s3://{{ env_var('BUCKET') }}/gold\", region: eu-central-1}\n",
        )
        .expect("config");
        assert_eq!(said.targets["dev"].gold, "s3://lake/gold");
        assert_eq!(
            said.targets["dev"].settings["region"].as_str(),
            Some("eu-central-1")
        );
        let error = config("name: shop\nvars:\n  goldpan:\n    target: {}\n").expect_err("refused");
        assert!(error.contains("goldpan") && error.contains("target"), "{error}");
    }

    #[test]
    fn hooks_are_refused_with_their_line() {
        let error = parse("name: shop\non-run-start:\n  - \"{{ log('x') }}\"\n").expect_err("refused");
        assert!(
            error.contains("line 2") && error.contains("on-run-start"),
            "{error}"
        );
        assert!(parse("name: shop\non-run-start: []\n").is_ok());
    }
}
