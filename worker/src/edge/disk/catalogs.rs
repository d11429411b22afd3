//! Copies of catalogs, by which pinned tables are found without a network.

use bytes::Bytes;
use catalog::Catalog;

use super::{Disk, PinRecord};
use crate::io::ObjectId;

impl Disk {
    /// Keeps a lake's catalog as it is now. Whether that went well.
    pub(in crate::edge) async fn keep_catalog(&self, lake: &str, json: &[u8]) -> bool {
        self.opened().await;
        match self.folders.get() {
            Some(folders) => folders.catalogs.write(&file_name(lake), json).await.is_ok(),
            None => false,
        }
    }

    /// A lake's catalog as it was last read, with pinned tables as they are pinned. None when nothing of it is pinned.
    pub(in crate::edge) async fn catalog(&self, lake: &str) -> Option<Bytes> {
        self.opened().await;
        let folders = self.folders.get()?;
        let pins = self.pins(lake);
        if pins.is_empty() {
            return None;
        }
        let json = folders.catalogs.read(&file_name(lake), None, None).await.ok()?;
        let catalog = as_pinned(Catalog::from_json(&json).ok()?, pins);
        serde_json::to_vec(&catalog).ok().map(Bytes::from)
    }
}

/// The newest snapshot may have other files than those that were pinned.
fn as_pinned(mut catalog: Catalog, pins: Vec<PinRecord>) -> Catalog {
    for pin in pins {
        catalog.tables.retain(|entry| entry.name != pin.entry.name);
        catalog.tables.push(pin.entry);
    }
    catalog.tables.sort_by(|a, b| a.name.cmp(&b.name));
    catalog
}

fn file_name(lake: &str) -> String {
    format!("{}.json", ObjectId::from(lake))
}
