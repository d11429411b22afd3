//! Things that are made once and wanted by many.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// One value for each key, made by who asks first; others wait for it. What failed is tried again by the next.
#[derive(Debug)]
pub(crate) struct OnceEach<V>(Mutex<BTreeMap<String, Arc<OnceCell<V>>>>);

impl<V> Default for OnceEach<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V: Clone> OnceEach<V> {
    /// The value of the key. `make` is told how many keys were asked for before.
    pub async fn get<E, F>(&self, key: &str, make: impl FnOnce(usize) -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        let (cell, index) = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let index = cells.len();
            (cells.entry(key.to_owned()).or_default().clone(), index)
        };
        cell.get_or_try_init(|| make(index)).await.cloned()
    }
}
