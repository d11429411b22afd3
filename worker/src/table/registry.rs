//! Names to tables: those of the lake, loaded when first named, and those opened ad hoc.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use catalog::{Catalog, TableManifest};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::TableType;
use protocol::{Failure, FailureKind};
use tokio::sync::OnceCell;

use super::GoldTable;
use crate::io::{Io, Origin};

/// Every table that SQL can name.
#[derive(Debug)]
pub struct Tables {
    io: Io,
    known: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Debug, Clone)]
enum Entry {
    Lake {
        manifest_key: String,
        table: Arc<OnceCell<Arc<GoldTable>>>,
    },
    AdHoc(Arc<GoldTable>),
}

impl Tables {
    /// No tables yet.
    pub fn new(io: Io) -> Self {
        Self {
            io,
            known: Mutex::default(),
        }
    }

    /// Replaces the lake's tables by the catalog's. A table whose manifest is the same keeps its footers.
    pub fn set_catalog(&self, catalog: &Catalog) {
        let mut known = self.lock();
        let mut next: BTreeMap<String, Entry> = catalog
            .tables
            .iter()
            .map(|entry| {
                let kept = match known.get(&entry.name) {
                    Some(Entry::Lake { manifest_key, table }) if *manifest_key == entry.manifest => {
                        Arc::clone(table)
                    }
                    _ => Arc::default(),
                };
                let lake = Entry::Lake {
                    manifest_key: entry.manifest.clone(),
                    table: kept,
                };
                (entry.name.clone(), lake)
            })
            .collect();
        for (name, entry) in std::mem::take(&mut *known) {
            if matches!(entry, Entry::AdHoc(_)) {
                next.entry(name).or_insert(entry);
            }
        }
        *known = next;
    }

    /// Makes an ad-hoc table known by its name, in the place of an ad-hoc table of that name. A lake's table is never
    /// shadowed.
    pub fn replace(&self, table: GoldTable) -> Result<Arc<GoldTable>, Failure> {
        let name = table.manifest.table.clone();
        let mut known = self.lock();
        if matches!(known.get(&name), Some(Entry::Lake { .. })) {
            return Err(Failure::new(
                FailureKind::InvalidQuery,
                format!("The lake already has a table named {name}."),
            )
            .with_hint("Open the file under another name."));
        }
        let table = Arc::new(table);
        known.insert(name, Entry::AdHoc(Arc::clone(&table)));
        Ok(table)
    }

    /// Makes an ad-hoc table known by the first of `name`, `name_2`, `name_3`, ... that is free.
    pub fn add(&self, mut table: GoldTable) -> Arc<GoldTable> {
        let mut known = self.lock();
        let wanted = table.manifest.table.clone();
        let mut number = 1_u32;
        while known.contains_key(&table.manifest.table) {
            number += 1;
            table.manifest.table = format!("{wanted}_{number}");
        }
        let table = Arc::new(table);
        known.insert(table.manifest.table.clone(), Entry::AdHoc(Arc::clone(&table)));
        table
    }

    /// All names, ascending.
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// The table of that name; the manifest of a lake's table is read when it is first asked for.
    pub async fn get(&self, name: &str) -> Result<Arc<GoldTable>, Failure> {
        let entry = self.lock().get(name).cloned();
        match entry {
            None => Err(self.unknown(name)),
            Some(Entry::AdHoc(table)) => Ok(table),
            Some(Entry::Lake { manifest_key, table }) => {
                table.get_or_try_init(|| self.load(manifest_key)).await.cloned()
            }
        }
    }

    /// Why a name is no table, with the nearest that is one.
    pub fn unknown(&self, name: &str) -> Failure {
        let names = self.names();
        let failure = Failure::new(
            FailureKind::UnknownTable,
            format!("There is no table named {name}."),
        );
        let nearest = names
            .iter()
            .map(|known| (strsim::levenshtein(known, name), known))
            .min()
            .filter(|(distance, _)| *distance <= 3);
        match nearest {
            Some((_, near)) => failure.with_hint(format!("Did you mean {near}?")),
            None if names.is_empty() => failure.with_hint("No table is open. Open a Parquet file first."),
            None => failure.with_hint(format!("Open tables: {}.", names.join(", "))),
        }
    }

    async fn load(&self, manifest_key: String) -> Result<Arc<GoldTable>, Failure> {
        let json = self.io.read_whole(&Origin::Lake(manifest_key.clone())).await?;
        let manifest = TableManifest::from_json(&json).map_err(|error| {
            Failure::new(FailureKind::CorruptFile, format!("{manifest_key}: {error}"))
                .with_hint("Run ingest again to write the table anew.")
        })?;
        Ok(Arc::new(GoldTable::from_manifest(manifest, &self.io).await?))
    }

    /// The map stays whole even if a holder panicked: every change to it is one assignment.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.get(name).await {
            Ok(table) => Ok(Some(table)),
            Err(failure) => Err(DataFusionError::External(Box::new(failure))),
        }
    }

    /// Known without reading a manifest: `SHOW TABLES` asks it of every table.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }
}
