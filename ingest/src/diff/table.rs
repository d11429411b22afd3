//! What differs between two versions of a table.

use std::collections::BTreeSet;

use catalog::{CheckResult, CheckStatus, TableManifest};
use serde::Serialize;

use super::Pair;
use super::column::ColumnDiff;
use super::schema::{SchemaChange, former, schema};

/// A table before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableDiff {
    /// The table.
    pub table: String,
    /// What changed in its columns.
    pub schema: SchemaChange,
    /// Rows.
    pub rows: Pair<u64>,
    /// Bytes of all data files.
    pub bytes: Pair<u64>,
    /// What became of its data files.
    pub files: FileChange,
    /// What it says of itself, or how its files are laid out, that is not as it was.
    pub properties: Vec<PropertyChange>,
    /// Whether another SQL made it.
    pub sql_changed: bool,
    /// Checks that went otherwise, came or went.
    pub checks: Vec<CheckChange>,
    /// Columns that are in both versions.
    pub columns: Vec<ColumnDiff>,
}

/// Something that is said of a table, before and after; empty where it is not said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// `description`, `owner`, `tags`, `sorted by` or `partitioned by`.
    pub property: &'static str,
    /// What it was and is.
    #[serde(flatten)]
    pub text: Pair<String>,
}

/// What became of data files, told apart by their content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Files of the new version only.
    pub added: usize,
    /// Files of the former version only.
    pub removed: usize,
    /// Files of both.
    pub kept: usize,
}

/// A check before and after; `null` where it did not run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckChange {
    /// For example `not_null(origin)`.
    pub check: String,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Pair<Option<CheckOutcome>>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CheckOutcome {
    /// Whether rows break the rule.
    pub status: CheckStatus,
    /// How many.
    pub failing_rows: u64,
}

impl TableDiff {
    /// Compares two versions of a table.
    pub fn of(before: &TableManifest, after: &TableManifest) -> Self {
        let columns = after.columns.iter().filter_map(|column| {
            let former = former(&before.columns, &after.columns, column)?;
            Some(ColumnDiff::of(former, before.rows, column, after.rows))
        });
        Self {
            table: after.table.clone(),
            schema: schema(&before.columns, &after.columns),
            rows: Pair::of(&before.rows, &after.rows),
            bytes: Pair::of(&before.bytes, &after.bytes),
            files: FileChange::of(before, after),
            properties: properties(before, after),
            sql_changed: before.lineage.sql != after.lineage.sql,
            checks: checks(&before.checks, &after.checks),
            columns: columns.collect(),
        }
    }

    /// Whether anything is worth telling.
    pub fn differs(&self) -> bool {
        !self.schema.is_empty()
            || self.rows.differs()
            || self.files.added + self.files.removed > 0
            || !self.properties.is_empty()
            || self.sql_changed
            || !self.checks.is_empty()
            || self.columns.iter().any(ColumnDiff::differs)
    }
}

impl FileChange {
    fn of(before: &TableManifest, after: &TableManifest) -> Self {
        let contents = |manifest: &TableManifest| -> BTreeSet<String> {
            let files = manifest.files.iter();
            files.map(|file| file.content_hash.clone()).collect()
        };
        let (before, after) = (contents(before), contents(after));
        Self {
            added: after.difference(&before).count(),
            removed: before.difference(&after).count(),
            kept: after.intersection(&before).count(),
        }
    }
}

fn properties(before: &TableManifest, after: &TableManifest) -> Vec<PropertyChange> {
    type Property = (&'static str, fn(&TableManifest) -> String);
    let all: [Property; 5] = [
        ("description", |manifest| {
            manifest.description.clone().unwrap_or_default()
        }),
        ("owner", |manifest| manifest.owner.clone().unwrap_or_default()),
        ("tags", |manifest| manifest.tags.join(", ")),
        ("sorted by", |manifest| {
            let keys = manifest.sort_keys.iter();
            let keys = keys.map(|key| format!("{}{}", key.column, if key.descending { " desc" } else { "" }));
            keys.collect::<Vec<_>>().join(", ")
        }),
        ("partitioned by", |manifest| manifest.partition_by.join(", ")),
    ];
    all.into_iter()
        .map(|(property, text)| PropertyChange {
            property,
            text: Pair {
                before: text(before),
                after: text(after),
            },
        })
        .filter(|change| change.text.differs())
        .collect()
}

fn checks(before: &[CheckResult], after: &[CheckResult]) -> Vec<CheckChange> {
    let outcome = |results: &[CheckResult], name: &str| {
        let result = results.iter().find(|result| result.name == name)?;
        Some(CheckOutcome {
            status: result.status,
            failing_rows: result.failing_rows,
        })
    };
    let gone = before
        .iter()
        .filter(|result| outcome(after, &result.name).is_none());
    after
        .iter()
        .chain(gone)
        .map(|result| CheckChange {
            check: result.name.clone(),
            outcome: Pair {
                before: outcome(before, &result.name),
                after: outcome(after, &result.name),
            },
        })
        .filter(|change| change.outcome.differs())
        .collect()
}
