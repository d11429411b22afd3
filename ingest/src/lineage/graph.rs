//! The tables of a lake and what they read: sources, silver models, gold tables.
//!
//! Entry point: [`Graph::of`], from the manifests of a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{ColumnOrigin, TableManifest};
use serde::Serialize;

/// Which way to follow what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what a table reads.
    Upstream,
    /// To what reads it.
    Downstream,
}

type Direct = Option<Vec<ColumnOrigin>>;

/// The lineage of a snapshot, by tables such as `source.x`, `silver.x`, `gold.x`.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    reads: BTreeMap<String, BTreeSet<String>>,
    /// Columns of gold tables with what each is made of directly, where that was traced.
    columns: BTreeMap<String, Vec<(String, Direct)>>,
}

/// A table of the lineage, as `ingest show --lineage --json` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// `source.x`, `silver.x` or `gold.x`.
    pub table: String,
    /// What it reads directly.
    pub reads: Vec<String>,
    /// What reads it directly.
    pub read_by: Vec<String>,
    /// Columns of a gold table in their order; empty for others.
    pub columns: Vec<TracedColumn>,
}

/// A column and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedColumn {
    /// The column.
    pub column: String,
    /// Columns of the sources and gold tables that its table is made of; `null` where they could not be traced, empty
    /// where it is made of no column.
    pub origins: Option<Vec<ColumnOrigin>>,
    /// The same with gold tables followed too, down to sources.
    pub sources: Option<Vec<ColumnOrigin>>,
}

impl Graph {
    /// The lineage that the manifests of a snapshot tell.
    pub fn of<'a>(manifests: impl IntoIterator<Item = &'a TableManifest>) -> Self {
        let mut graph = Self::default();
        for manifest in manifests {
            graph.add(manifest);
        }
        graph
    }

    fn add(&mut self, manifest: &TableManifest) {
        let table = format!("gold.{}", manifest.table);
        let lineage = &manifest.lineage;
        let traced =
            |column: &catalog::Column| (column.name.clone(), lineage.columns.get(&column.name).cloned());
        self.columns
            .insert(table.clone(), manifest.columns.iter().map(traced).collect());
        if lineage.reads.is_empty() {
            // An earlier writer named sources without the models between.
            let sources = lineage.sources.iter().map(|source| format!("source.{source}"));
            let read = lineage.models.iter().cloned().chain(sources);
            self.reads.entry(table).or_default().extend(read);
        }
        for (reader, read) in &lineage.reads {
            self.reads
                .entry(reader.clone())
                .or_default()
                .extend(read.iter().cloned());
        }
        let read: Vec<String> = self.reads.values().flatten().cloned().collect();
        for table in read {
            self.reads.entry(table).or_default();
        }
    }

    /// All tables.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.reads.keys().map(String::as_str)
    }

    /// The tables one step away.
    pub fn next(&self, table: &str, direction: Direction) -> Vec<&str> {
        match direction {
            Direction::Upstream => {
                let reads = self.reads.get(table).into_iter().flatten();
                reads.map(String::as_str).collect()
            }
            Direction::Downstream => self
                .reads
                .iter()
                .filter(|(_, reads)| reads.contains(table))
                .map(|(reader, _)| reader.as_str())
                .collect(),
        }
    }

    /// All tables that way, without the one to start from.
    pub fn reachable(&self, table: &str, direction: Direction) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut waiting = self.next(table, direction);
        while let Some(next) = waiting.pop() {
            if found.insert(next) {
                waiting.extend(self.next(next, direction));
            }
        }
        found.remove(table);
        found
    }

    /// Only these tables, with what they read of each other.
    pub fn only(&self, tables: &BTreeSet<&str>) -> Self {
        let is_kept = |table: &String| tables.contains(table.as_str());
        let reads = self.reads.iter().filter(|(table, _)| is_kept(table));
        let columns = self.columns.iter().filter(|(table, _)| is_kept(table));
        Self {
            reads: reads
                .map(|(table, reads)| {
                    let reads = reads.iter().filter(|read| is_kept(read)).cloned().collect();
                    (table.clone(), reads)
                })
                .collect(),
            columns: columns
                .map(|(table, columns)| (table.clone(), columns.clone()))
                .collect(),
        }
    }

    /// A table with its neighbours and columns.
    pub fn node(&self, table: &str) -> Node {
        let list = |direction| {
            let next = self.next(table, direction);
            next.into_iter().map(str::to_owned).collect()
        };
        Node {
            table: table.to_owned(),
            reads: list(Direction::Upstream),
            read_by: list(Direction::Downstream),
            columns: self
                .columns
                .get(table)
                .into_iter()
                .flatten()
                .map(|(column, origins)| TracedColumn {
                    column: column.clone(),
                    origins: origins.clone(),
                    sources: self.sources_of(table, column, &mut BTreeSet::new()),
                })
                .collect(),
        }
    }

    /// The columns of sources that a column of a gold table is made of in the end; none where the way is broken.
    fn sources_of(
        &self,
        table: &str,
        column: &str,
        seen: &mut BTreeSet<ColumnOrigin>,
    ) -> Option<Vec<ColumnOrigin>> {
        let columns = self.columns.get(table)?;
        let (_, origins) = columns.iter().find(|(name, _)| name == column)?;
        let mut sources = BTreeSet::new();
        for origin in origins.as_ref()? {
            if origin.table.starts_with("source.") {
                sources.insert(origin.clone());
            } else if seen.insert(origin.clone()) {
                sources.extend(self.sources_of(&origin.table, &origin.column, seen)?);
            }
        }
        Some(sources.into_iter().collect())
    }
}
