//! What names stand for within one SELECT.

use super::origins::{Origins, Output, is_open};

/// A table of a FROM clause.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// By what it is called, in lower case.
    pub alias: Option<String>,
    /// Its schema, where it is a stored table.
    pub schema: Option<String>,
    /// Its columns.
    pub columns: Vec<Output>,
}

/// A column that `USING` merges.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    /// Its name, in lower case.
    pub name: String,
    /// Positions of the relations that have it, in order.
    pub relations: Vec<usize>,
}

/// What a SELECT sees: its own tables, its earlier aliases, and what the query around it sees.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    pub relations: Vec<Relation>,
    pub merged: Vec<Merged>,
    /// Aliases of the SELECT list so far, which later items may use.
    pub aliases: Vec<(String, Origins)>,
    pub outer: Option<&'a Scope<'a>>,
}

impl Relation {
    /// The column of that name; unknown where it may be one of those that are not known.
    pub fn column(&self, name: &str) -> Option<Origins> {
        let known = self.columns.iter().find(|column| column.is(name));
        known
            .map(|column| column.origins.clone())
            .or_else(|| is_open(&self.columns).then_some(Origins::Unknown))
    }

    /// Whether it certainly has a column of that name.
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.is(name))
    }

    pub fn is_called(&self, alias: &str) -> bool {
        self.alias.as_deref() == Some(alias)
    }
}

impl<'a> Scope<'a> {
    /// A scope within another.
    pub fn within(outer: Option<&'a Scope<'a>>) -> Self {
        Self {
            outer,
            ..Self::default()
        }
    }

    /// What a name of one or more parts, in lower case, is made of.
    pub fn find(&self, parts: &[String]) -> Origins {
        self.find_here(parts)
            .or_else(|| self.outer.map(|outer| outer.find(parts)))
            .unwrap_or(Origins::Unknown)
    }

    /// The origins of a merged column: those of all its sides.
    pub fn merged(&self, merged: &Merged) -> Origins {
        let mut whole = Origins::none();
        for &relation in &merged.relations {
            whole.add(
                &self.relations[relation]
                    .column(&merged.name)
                    .unwrap_or(Origins::Unknown),
            );
        }
        whole
    }

    fn find_here(&self, parts: &[String]) -> Option<Origins> {
        // DuckDB's order: schema.table.column, table.column, column; what follows are fields of a struct.
        if let [schema, table, column, ..] = parts
            && let Some(relation) = self
                .relations
                .iter()
                .find(|each| each.is_called(table) && each.schema.as_ref() == Some(schema))
        {
            return Some(relation.column(column).unwrap_or(Origins::Unknown));
        }
        let first = parts.first()?;
        let called: Vec<&Relation> = self
            .relations
            .iter()
            .filter(|each| each.is_called(first))
            .collect();
        if let Some(column) = parts.get(1)
            && let Some(origins) = called.iter().find_map(|relation| relation.column(column))
        {
            return Some(origins);
        }
        if let Some(origins) = self.column(first) {
            return Some(origins);
        }
        let alias = self.aliases.iter().rev().find(|(alias, _)| alias == first);
        if let Some((_, origins)) = alias {
            return Some(origins.clone());
        }
        match (called.first(), parts.len()) {
            // A table's name alone is its row.
            (Some(relation), 1) => Some(Origins::all(
                relation.columns.iter().map(|column| &column.origins),
            )),
            // A column that no table declares, as rowid.
            (Some(_), _) => Some(Origins::Unknown),
            (None, _) => None,
        }
    }

    fn column(&self, name: &str) -> Option<Origins> {
        if let Some(merged) = self.merged.iter().find(|merged| merged.name == name) {
            return Some(self.merged(merged));
        }
        let certain = self.relations.iter().find(|relation| relation.has(name));
        certain
            .or_else(|| self.relations.iter().find(|relation| is_open(&relation.columns)))
            .and_then(|relation| relation.column(name))
    }
}
