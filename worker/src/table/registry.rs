//! Names to tables: those of the lake, loaded when first named, and those opened ad hoc.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use catalog::{Catalog, TableManifest};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::TableType;
use protocol::{Failure, FailureKind, SharedTable};
use tokio::sync::OnceCell;

use super::file::Source;
use super::shared::{OpenTable, Shared};
use super::{GoldTable, PinnedObjects};
use crate::io::{Counters, Origin};

/// Every table that SQL can name.
#[derive(Debug)]
pub struct Tables {
    source: Source,
    opened: AtomicU64,
    snapshot_id: Mutex<String>,
    known: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Debug, Clone)]
enum Entry {
    Lake {
        manifest_key: String,
        table: Arc<OnceCell<Arc<GoldTable>>>,
    },
    AdHoc {
        table: Arc<GoldTable>,
        /// Which it is of those opened one after another.
        number: u64,
    },
    Shared(Shared),
}

impl Tables {
    /// No tables yet.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            opened: AtomicU64::new(0),
            snapshot_id: Mutex::default(),
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
            if matches!(entry, Entry::AdHoc { .. }) {
                next.entry(name).or_insert(entry);
            }
        }
        *known = next;
        drop(known);
        self.snapshot_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&catalog.snapshot_id);
    }

    /// The snapshot of the lake that is open; empty when none is.
    pub fn snapshot_id(&self) -> String {
        self.snapshot_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
        known.insert(name, self.ad_hoc(&table));
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
        known.insert(table.manifest.table.clone(), self.ad_hoc(&table));
        table
    }

    fn ad_hoc(&self, table: &Arc<GoldTable>) -> Entry {
        Entry::AdHoc {
            table: Arc::clone(table),
            number: self.opened.fetch_add(1, Ordering::Relaxed),
        }
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
            Some(Entry::AdHoc { table, .. }) => Ok(table),
            Some(Entry::Shared(shared)) => shared.open(name.to_owned(), &self.source).await,
            Some(Entry::Lake { manifest_key, table }) => {
                table.get_or_try_init(|| self.load(manifest_key)).await.cloned()
            }
        }
    }

    /// By which manifest a table of the lake is open; none for other tables.
    pub fn manifest_key(&self, name: &str) -> Option<String> {
        match self.lock().get(name) {
            Some(Entry::Lake { manifest_key, .. }) => Some(manifest_key.clone()),
            _ => None,
        }
    }

    /// What tells one state of a table from another, as long as the engine lives; none when there is no such table.
    pub fn version(&self, name: &str) -> Option<String> {
        match self.lock().get(name)? {
            Entry::Lake { manifest_key, .. } => Some(manifest_key.clone()),
            Entry::AdHoc { number, .. } => Some(number.to_string()),
            Entry::Shared(shared) => Some(shared.version.clone()),
        }
    }

    /// A table with its version. None when it is not there, or has just become another.
    pub async fn open(&self, name: &str) -> Option<OpenTable> {
        let version = self.version(name)?;
        let table = self.get(name).await.ok()?;
        (self.version(name)? == version).then(|| OpenTable {
            name: name.to_owned(),
            version,
            table,
        })
    }

    /// Makes a table known that another worker has open, in the place of one of that name.
    pub fn share(&self, table: SharedTable) {
        let shared = Shared::new(table.version, table.files);
        self.lock().insert(table.name, Entry::Shared(shared));
    }

    /// Fetches columns of a lake's table to the disk.
    pub async fn pin(
        &self,
        name: &str,
        columns: Option<Vec<String>>,
        counters: &Arc<Counters>,
    ) -> Result<PinnedObjects, Failure> {
        let table = self.get(name).await?;
        let Some(manifest_key) = self.manifest_key(name) else {
            return Err(Failure::new(
                FailureKind::InvalidQuery,
                format!("{name} is no table of the lake, and only those can be kept."),
            )
            .with_hint(
                "A file that was opened from disk needs no network; download others and open them from disk.",
            ));
        };
        table.pin(manifest_key, columns, counters).await
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
        let origin = Origin::Lake(manifest_key.clone());
        let json = self.source.io.read_whole(&origin, true).await?;
        let manifest = TableManifest::from_json(&json).map_err(|error| {
            Failure::new(FailureKind::CorruptFile, format!("{manifest_key}: {error}"))
                .with_hint("Run ingest again to write the table anew.")
        })?;
        Ok(Arc::new(GoldTable::from_manifest(manifest, &self.source).await?))
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
