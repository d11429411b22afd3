//! Opening the lake, and what is in it.
//!
//! Invariant: one opening at a time; whoever needs the lake waits for the newest.

use std::collections::HashMap;
use std::sync::Arc;

use catalog::{Catalog, TableManifest};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use leptos::prelude::*;
use protocol::{DescribeTable, Failure, FailureKind};

use super::{Lake, Session};
use crate::browser;
use crate::engine::site;
use crate::state::is_offline;

/// Ends when the lake is open, or cannot be opened.
pub(super) type Opening = Shared<LocalBoxFuture<'static, Result<(), Failure>>>;

impl Session {
    /// Opens the lake, again where that has been done before.
    pub fn open_lake(self) {
        if !self.is_opening() {
            self.lake.set(Lake::Opening);
            self.start_opening(None);
        }
    }

    /// Reads the newest snapshot of a lake that is open; the page goes on with the one it has until that is here.
    pub fn refresh_lake(self) {
        if self.is_opening() {
            return;
        }
        match self.lake.get_untracked() {
            Lake::Open(catalog) => self.start_opening(Some(catalog)),
            Lake::Opening | Lake::Failed(_) => self.open_lake(),
            Lake::None => {}
        }
    }

    /// Opens a lake that could not be reached.
    pub(super) fn open_lake_that_was_offline(self) {
        let is_offline = self
            .lake
            .with_untracked(|lake| matches!(lake, Lake::Failed(failure) if is_offline(Some(failure))));
        if is_offline {
            self.open_lake();
        }
    }

    fn is_opening(self) -> bool {
        self.opening
            .with_value(|opening| opening.as_ref().is_some_and(|opening| opening.peek().is_none()))
    }

    fn start_opening(self, before: Option<Arc<Catalog>>) {
        self.manifests.update_value(HashMap::clear);
        let opening = async move {
            let (lake, outcome) = match (self.fetch_catalog().await, before) {
                (Ok(Some(catalog)), before) => {
                    if before.is_some_and(|before| before.snapshot_id != catalog.snapshot_id) {
                        self.notify(Some("The data changed. The newest snapshot is shown."));
                    }
                    (Lake::Open(Arc::new(catalog)), Ok(()))
                }
                (Ok(None), _) => (Lake::None, Ok(())),
                // What the older snapshot no longer has says so itself.
                (Err(_), Some(before)) => (Lake::Open(before), Ok(())),
                (Err(failure), None) => (Lake::Failed(failure.clone()), Err(failure)),
            };
            self.lake.set(lake);
            outcome
        };
        let opening = opening.boxed_local().shared();
        self.opening.set_value(Some(opening.clone()));
        leptos::task::spawn_local(opening.map(drop));
    }

    async fn fetch_catalog(self) -> Result<Option<Catalog>, Failure> {
        let config = site::load_config().await?;
        let Some(access) = config.lake else {
            return Ok(None);
        };
        self.engine()
            .open_lake(access, browser::base_url())
            .await
            .map(Some)
    }

    /// Ends when the lake is open, or there is none.
    pub async fn lake_opened(self) -> Result<(), Failure> {
        match self.opening.get_value() {
            Some(opening) => opening.await,
            None => Ok(()),
        }
    }

    /// Whether the lake has a table of this name.
    pub fn is_in_lake(self, table: &str) -> bool {
        self.lake
            .with(|lake| matches!(lake, Lake::Open(catalog) if catalog.table(table).is_some()))
    }

    /// The manifest of a table.
    pub async fn manifest(self, table: &str) -> Result<Arc<TableManifest>, Failure> {
        let lake = self.lake_opened().await;
        let known =
            |tables: &Vec<Arc<TableManifest>>| tables.iter().find(|known| known.table == table).cloned();
        if let Some(manifest) = self.ad_hoc.with_untracked(known) {
            return Ok(manifest);
        }
        lake?;
        if let Some(manifest) = self
            .manifests
            .with_value(|manifests| manifests.get(table).cloned())
        {
            return Ok(manifest);
        }
        if !untrack(|| self.is_in_lake(table)) {
            return Err(unknown_table(table));
        }
        let described = self.engine().ask(DescribeTable {
            table: table.to_owned(),
        });
        let manifest = Arc::new(described.end().await?);
        self.manifests.update_value(|manifests| {
            manifests.insert(table.to_owned(), Arc::clone(&manifest));
        });
        Ok(manifest)
    }
}

fn unknown_table(table: &str) -> Failure {
    Failure::new(FailureKind::UnknownTable, format!("No table “{table}” is open.")).with_hint(
        "If the link was made from a local file or an address, open that again: a link does not carry it.",
    )
}
