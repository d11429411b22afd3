//! A model before its SQL is known: what all files say of it.
//!
//! Entry point: [`draft`].

use std::sync::Arc;

use serde_json::Value;

use super::Fields;
use super::files::ProjectFile;
use super::jinja::{Jinja, Names};
use super::line::{line_of, prefix};
use super::project::{self, DbtProject};
use super::properties::{Node, Properties};
use super::{PROJECT_FILE, is_off, model, refused};
use crate::project::{Layer, ModelError, is_identifier};

/// A model on the way.
pub(super) struct Draft<'a> {
    pub file: &'a ProjectFile,
    pub node: Option<&'a Node>,
    pub config: Fields,
    pub layer: Layer,
    /// The table's name.
    pub table: String,
    /// Why it cannot be made.
    pub wrong: Option<String>,
    project: &'a DbtProject,
    /// What `config` in its SQL says.
    of_sql: Fields,
}

impl Draft<'_> {
    /// The table with its layer.
    pub fn name(&self) -> String {
        format!("{}.{}", self.layer.name(), self.table)
    }

    /// The model as one that cannot be made.
    pub fn error(&self, reason: impl Into<String>) -> ModelError {
        ModelError {
            name: self.name(),
            file: self.file.path.clone(),
            reason: reason.into(),
        }
    }

    /// A complaint about a configuration, which begins with its name, with the line that says it.
    pub fn placed(&self, reason: &str) -> String {
        let said = reason.strip_prefix("config ").unwrap_or(reason);
        let key = said.split([' ', ':']).next().unwrap_or_default();
        if has(&self.of_sql, key) {
            let line = line_of(&self.file.text, &["config", key]);
            return format!("{}{reason}", prefix(line));
        }
        if has(&self.config, key) {
            return placed_in_yaml(self.project, "models", self.file, self.node, key, reason);
        }
        let line = line_of(&self.file.text, &["config"]);
        format!("{}{reason}", prefix(line))
    }
}

/// Whether a configuration of that name is among them.
fn has(fields: &Fields, key: &str) -> bool {
    let mut keys = fields.keys().map(|key| key.trim_start_matches('+'));
    keys.any(|known| known.replace('-', "_") == key.replace('-', "_"))
}

/// A complaint about a configuration that a `.yml` file says, or else dbt_project.yml, with its place there.
pub(super) fn placed_in_yaml(
    project: &DbtProject,
    kind: &str,
    file: &ProjectFile,
    node: Option<&Node>,
    key: &str,
    reason: &str,
) -> String {
    let of_node = node.filter(|node| node.config.as_ref().is_some_and(|config| has(config, key)));
    if let Some(node) = of_node {
        let line = line_of(&node.text, &[&node.name, key]);
        return format!("in {}: {}{reason}", node.file.display(), prefix(line));
    }
    let (folders, stem) = (file.folders(), file.stem());
    let levels: Vec<&str> = folders.iter().chain([&stem]).map(String::as_str).collect();
    let line = (0..=levels.len()).rev().find_map(|depth| {
        let words: Vec<&str> = [&[kind], &levels[..depth], &[key]].concat();
        line_of(&project.text, &words)
    });
    format!("in {PROJECT_FILE}: {}{reason}", prefix(line))
}

/// Finds out what a model is; none where it is switched off.
pub(super) fn draft<'a>(
    project: &'a DbtProject,
    properties: &'a Properties,
    jinja: &Jinja,
    names: &Arc<Names>,
    file: &'a ProjectFile,
) -> Option<Draft<'a>> {
    let stem = file.stem();
    let node = properties.models.get(&stem);
    let mut draft = Draft {
        file,
        node,
        config: project.of_model(&file.folders(), &stem),
        layer: Layer::Gold,
        table: stem,
        wrong: None,
        project,
        of_sql: Fields::new(),
    };
    let of_node = node.and_then(|node| node.config.clone()).unwrap_or_default();
    let mut of_node = Value::Object(of_node);
    if let Err(reason) = jinja.texts(&mut of_node) {
        draft.wrong = Some(reason);
    }
    if file.path.extension().is_some_and(|extension| extension == "py") {
        draft.wrong = Some(format!("line 1: {}", refused::PYTHON));
    } else {
        match jinja.of_model(&file.text, "this", names, false) {
            Ok(rendered) => draft.of_sql = rendered.config,
            Err(reason) => draft.wrong = Some(reason),
        }
    }
    let of_node = of_node.as_object().cloned().unwrap_or_default();
    for (name, value) in of_node.into_iter().chain(draft.of_sql.clone()) {
        project::merge(&mut draft.config, name.strip_prefix('+').unwrap_or(&name), value);
    }
    if is_off(&draft.config) {
        return None;
    }
    match model::kept(&draft.config) {
        Ok(layer) => draft.layer = layer,
        Err(reason) => {
            let placed = draft.placed(&reason);
            draft.wrong.get_or_insert(placed);
        }
    }
    if let Some(alias) = draft.config.get("alias").and_then(Value::as_str) {
        draft.table = alias.to_owned();
    }
    if !is_identifier(&draft.table) {
        draft.wrong.get_or_insert_with(|| {
            "a model's name becomes the table's name: use lower-case letters, digits and _, beginning with a letter, for the file or \
             in config(alias='…')"
                .to_owned()
        });
    }
    Some(draft)
}
