//! What a table's name in SQL stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::engine::{Reference, sql};
use crate::project::{Model, ModelError};

/// A table of the run: `source.x`, `silver.x` or `gold.x`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// `source`, `silver` or `gold`.
    pub schema: String,
    /// Table.
    pub table: String,
}

impl Name {
    /// The table of a source.
    pub fn of_source(source: &str) -> Self {
        Self {
            schema: "source".to_owned(),
            table: source.to_owned(),
        }
    }

    /// The table of a model.
    pub fn of_model(model: &Model) -> Self {
        Self {
            schema: model.layer.name().to_owned(),
            table: model.name.clone(),
        }
    }

    /// Quoted, for SQL.
    pub fn quoted(&self) -> String {
        format!(
            "{}.{}",
            sql::identifier(&self.schema),
            sql::identifier(&self.table)
        )
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

/// All tables that a project declares, whether they can be made or not.
#[derive(Debug)]
pub struct Names {
    by_table: BTreeMap<String, BTreeSet<Name>>,
}

impl Names {
    /// Collects the names of sources and models; one that is refused keeps its name, so that its readers are
    /// skipped and not told that it is unknown.
    pub fn new(sources: &BTreeSet<String>, models: &[Result<Model, ModelError>]) -> Self {
        let of_models = models.iter().filter_map(|model| match model {
            Ok(model) => Some(Name::of_model(model)),
            Err(error) => error.name.split_once('.').map(|(schema, table)| Name {
                schema: schema.to_owned(),
                table: table.to_owned(),
            }),
        });
        let mut by_table: BTreeMap<String, BTreeSet<Name>> = BTreeMap::new();
        for name in sources
            .iter()
            .map(|source| Name::of_source(source))
            .chain(of_models)
        {
            by_table.entry(name.table.clone()).or_default().insert(name);
        }
        Self { by_table }
    }

    /// What the references of a statement stand for; the first that stands for nothing is the error.
    pub fn resolve_all(&self, references: &[Reference]) -> Result<BTreeSet<Name>, String> {
        references
            .iter()
            .map(|reference| {
                self.resolve(reference.schema.as_deref(), &reference.table)
                    .map_err(|reason| format!("line {}: {reason}", reference.line))
            })
            .collect()
    }

    /// What `schema.table` or `table` stands for.
    pub fn resolve_text(&self, text: &str) -> Result<Name, String> {
        match text.split_once('.') {
            Some((schema, table)) => self.resolve(Some(schema), table),
            None => self.resolve(None, text),
        }
    }

    fn resolve(&self, schema: Option<&str>, table: &str) -> Result<Name, String> {
        let candidates: Vec<&Name> = self.by_table.get(table).into_iter().flatten().collect();
        let written = match schema {
            Some(schema) => format!("{schema}.{table}"),
            None => table.to_owned(),
        };
        let matching: Vec<&Name> = candidates
            .iter()
            .copied()
            .filter(|name| schema.is_none_or(|schema| schema == name.schema))
            .collect();
        match (matching.as_slice(), candidates.as_slice()) {
            ([name], _) => Ok((*name).clone()),
            ([], []) => Err(format!(
                "table `{written}` is not known: declare [sources.{table}] in ingest.toml, or add a model; \
                 known are {}",
                self.list()
            )),
            ([], others) => Err(format!(
                "table `{written}` is not known: did you mean {}?",
                join(others, " or ")
            )),
            (several, _) => Err(format!(
                "`{written}` could be {}: write which",
                join(several, " or ")
            )),
        }
    }

    fn list(&self) -> String {
        let all: Vec<&Name> = self.by_table.values().flatten().collect();
        if all.is_empty() {
            return "none".to_owned();
        }
        join(&all, ", ")
    }
}

fn join(names: &[&Name], between: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    names.join(between)
}
