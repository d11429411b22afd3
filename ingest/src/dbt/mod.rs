//! A dbt project as it is: a folder with `dbt_project.yml`, as the same models, checks and sources that any project has.
//!
//! Invariant: nothing of the project is left out in silence. What a run can do is done; what it cannot do (macros, packages,
//! snapshots, Python models, hooks, tests of others) is refused with file and line, and keeps out only what depends on it.
//! profiles.yml is not read: where gold goes is a target of Goldpan.
//!
//! Entry points: [`DbtProject`] for targets and settings, then [`Loaded::read`].

mod direct;
mod draft;
mod external;
mod files;
mod jinja;
mod line;
mod model;
mod project;
mod properties;
mod refused;
mod rules;
mod seeds;
mod sources;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::project::{
    CheckFile, CheckHeader, CheckRule, Model, ModelError, ProjectError, SourceConfig, contradiction,
};
use crate::settings::Environment;
use direct::Direct;
use draft::{Draft, draft};
use files::ProjectFile;
use jinja::{Jinja, Names};
use line::{line_of, prefix};
pub(crate) use project::DbtProject;
use properties::{Node, Properties};
use rules::Test;

/// The file that makes a folder a dbt project.
pub(crate) const PROJECT_FILE: &str = "dbt_project.yml";

/// Names and values as YAML has them.
type Fields = serde_json::Map<String, Value>;

/// What a dbt project's files say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    /// Models of both layers, by file.
    pub models: Vec<Result<Model, ModelError>>,
    /// Tests that are no rules of a model.
    pub checks: Vec<Result<CheckFile, ModelError>>,
    /// Tables of sources, and seeds.
    pub sources: BTreeMap<String, SourceConfig>,
    /// What its files say in vain.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// Reads and renders the files below the project's folder, for a target of that name.
    pub fn read(
        root: &Path,
        project: &DbtProject,
        environment: &Environment,
        target: &str,
    ) -> Result<Self, ProjectError> {
        let jinja = Jinja {
            package: project.name.clone(),
            vars: project.vars.clone().unwrap_or_default(),
            environment: environment.clone(),
            target: target.to_owned(),
        };
        let described = [&project.model_paths, &project.seed_paths, &project.snapshot_paths];
        let yaml = files::find(root, &described.map(Vec::as_slice).concat(), &["yml", "yaml"])?;
        let properties = Properties::read(&yaml, &jinja)?;
        let mut loaded = Self::default();
        let mut names = Names::default();
        let seeds = files::find(root, &project.seed_paths, &["csv"])?;
        loaded.sources = sources::all(&properties, &mut names)?;
        seeds::add(project, &properties, &jinja, &seeds, &mut names, &mut loaded)?;

        let sql = files::find(root, &project.model_paths, &["sql", "py"])?;
        loaded.warnings = properties.without_file(&sql, &seeds);
        if sql.is_empty() {
            return Err(ProjectError::InvalidConfig {
                file: root.join(PROJECT_FILE),
                reason: format!(
                    "there is no model below {}: write a SELECT to {}/NAME.sql, it becomes the table NAME",
                    project.model_paths.join(", "),
                    project.model_paths.first().map_or("models", String::as_str)
                ),
            });
        }
        let snapshots = files::find(root, &project.snapshot_paths, &["sql"])?;
        for refused in refused::snapshots(&snapshots, &properties) {
            names.models.insert(refused.0, refused.1.name.clone());
            loaded.models.push(Err(refused.1));
        }
        let mut first = names.clone();
        let stems = sql.iter().map(ProjectFile::stem);
        first
            .models
            .extend(stems.map(|stem| (stem.clone(), format!("silver.{stem}"))));
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        let first = Arc::new(first);
        for file in &sql {
            if let Some(draft) = draft(project, &properties, &jinja, &first, file) {
                drafts.push(draft);
            }
        }
        refused::refuse_twins(&mut drafts);
        names
            .models
            .extend(drafts.iter().map(|draft| (draft.file.stem(), draft.name())));
        let names = Arc::new(names);
        let mut direct = Direct::beside(&loaded.sources);
        for draft in &drafts {
            loaded.model(draft, &jinja, &names, &mut direct);
        }
        loaded.tests_of_sources(&properties, &jinja, &names);
        for file in files::find(root, &project.test_paths, &["sql"])? {
            // Definitions of tests, not tests.
            if file.folders().first().is_none_or(|folder| folder != "generic") {
                loaded.checks.extend(singular(&file, &jinja, &names, &mut direct));
            }
        }
        loaded.sources.extend(direct.found);
        Ok(loaded)
    }

    /// Renders a model and takes it in, with its tests.
    fn model(&mut self, draft: &Draft<'_>, jinja: &Jinja, names: &Arc<Names>, direct: &mut Direct) {
        let made = self.made(draft, jinja, names, direct);
        self.models.push(made.map_err(|reason| draft.error(reason)));
    }

    fn made(
        &mut self,
        draft: &Draft<'_>,
        jinja: &Jinja,
        names: &Arc<Names>,
        direct: &mut Direct,
    ) -> Result<Model, String> {
        if let Some(reason) = &draft.wrong {
            return Err(reason.clone());
        }
        let this = draft.name();
        let mut render = |is_increment| {
            let rendered = jinja.of_model(&draft.file.text, &this, names, is_increment)?;
            direct.take(&rendered.sql)
        };
        let sql = render(false)?;
        let input = |name: &str| sources::named(name, names);
        let mut header = model::header(draft.layer, &draft.config, draft.node, &input)
            .map_err(|reason| draft.placed(&reason))?;
        header.external = external::of(&draft.config, jinja).map_err(|reason| draft.placed(&reason))?;
        let increment_sql = match header.incremental() {
            Some(_) => Some(render(true)?).filter(|of_increment| *of_increment != sql),
            None => None,
        };
        if let Some(node) = draft.node {
            let in_file = |reason| format!("in {}: {reason}", node.file.display());
            for test in tests_of(node, jinja, names).map_err(in_file)? {
                if test.is_of_header() {
                    let (rule, severity) = (test.rule, test.severity);
                    header.checks.push(CheckRule { rule, severity });
                } else {
                    self.checks.push(Ok(check_file(node, &this, &test)));
                }
            }
        }
        if let Some(reason) = contradiction(draft.layer, &header) {
            let line = line_of(&draft.file.text, &["config"]);
            return Err(format!("{}in its config: {reason}", prefix(line)));
        }
        Ok(Model {
            layer: draft.layer,
            name: draft.table.clone(),
            file: draft.file.path.clone(),
            sql,
            increment_sql,
            header,
        })
    }

    /// Tests of tables of sources and of seeds, which have no header.
    fn tests_of_sources(&mut self, properties: &Properties, jinja: &Jinja, names: &Arc<Names>) {
        let of_sources = properties.sources.iter().filter_map(|(source, _, node)| {
            let name = names.sources.get(&(source.clone(), node.name.clone()))?;
            Some((name.clone().ok()?, node))
        });
        let of_seeds = properties
            .seeds
            .values()
            .filter_map(|node| Some((names.models.get(&node.name)?.clone(), node)))
            // One that is refused is no source.
            .filter(|(table, _)| table.starts_with("source."));
        for (table, node) in of_sources.chain(of_seeds) {
            match tests_of(node, jinja, names) {
                Ok(tests) => {
                    let files = tests.iter().map(|test| check_file(node, &table, test));
                    self.checks.extend(files.map(Ok));
                }
                Err(reason) => self.checks.push(Err(ModelError {
                    name: table,
                    file: node.file.clone(),
                    reason,
                })),
            }
        }
    }
}

/// The tests of a table.
fn tests_of(node: &Node, jinja: &Jinja, names: &Arc<Names>) -> Result<Vec<Test>, String> {
    let mut found = Vec::new();
    for (column, test) in node.tests() {
        let kind = rules::kind(test);
        let words: Vec<&str> = std::iter::once(node.name.as_str())
            .chain(column)
            .chain(kind.as_deref())
            .collect();
        let place = column.map_or_else(|| node.name.clone(), |column| format!("{}.{column}", node.name));
        let place = format!("{}{place}", prefix(line_of(&node.text, &words)));
        let test = Test::read(test, column, &|text| jinja.name(text, names))
            .map_err(|reason| format!("{place}: {reason}"))?;
        let Some(mut test) = test else {
            continue;
        };
        if let Some(filter) = &mut test.filter {
            *filter = jinja
                .text(filter)
                .map_err(|reason| format!("{place}: where: {reason}"))?;
        }
        found.push(test);
    }
    Ok(found)
}

fn check_file(node: &Node, table: &str, test: &Test) -> CheckFile {
    let (kind, column) = test.name();
    let name = format!("{kind}({table}.{column})");
    CheckFile {
        // Several stand in one file.
        file: format!("{}: {name}", node.file.display()).into(),
        sql: test.wrong_rows(table),
        header: CheckHeader {
            description: None,
            severity: test.severity,
        },
        name,
    }
}

/// A file of `tests/`; none where it is switched off.
fn singular(
    file: &ProjectFile,
    jinja: &Jinja,
    names: &Arc<Names>,
    direct: &mut Direct,
) -> Option<Result<CheckFile, ModelError>> {
    let wrong = |reason: String| ModelError {
        name: file.stem(),
        file: file.path.clone(),
        reason,
    };
    let rendered = match jinja.of_model(&file.text, "this", names, false) {
        Ok(rendered) => rendered,
        Err(reason) => return Some(Err(wrong(reason))),
    };
    let config = &rendered.config;
    if is_off(config) {
        return None;
    }
    for key in ["where", "error_if", "warn_if", "fail_calc"] {
        if config.contains_key(key) {
            return Some(Err(wrong(format!(
                "{}config {key} is not known here: write it into the SELECT",
                prefix(line_of(&file.text, &["config", key]))
            ))));
        }
    }
    let severity = match rules::severity(config.get("severity")) {
        Ok(severity) => severity,
        Err(reason) => {
            let line = line_of(&file.text, &["config", "severity"]);
            return Some(Err(wrong(format!("{}config {reason}", prefix(line)))));
        }
    };
    let sql = match direct.take(&rendered.sql) {
        Ok(sql) => sql,
        Err(reason) => return Some(Err(wrong(reason))),
    };
    Some(Ok(CheckFile {
        name: file.stem(),
        file: file.path.clone(),
        sql,
        header: CheckHeader {
            description: None,
            severity,
        },
    }))
}

/// Whether a configuration switches off what it is of.
fn is_off(config: &Fields) -> bool {
    config.get("enabled") == Some(&Value::Bool(false))
}

/// A YAML file as values.
fn yaml(file: &Path, text: &str) -> Result<Value, ProjectError> {
    let options = serde_saphyr::options! { strict_booleans: true };
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str_with_options(text, options).map_err(|error| ProjectError::InvalidConfig {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}
