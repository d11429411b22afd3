//! Things that are made once and wanted by many.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// One value for each key, made by who asks first; others wait for it. What failed is tried again by the next.
#[derive(Debug)]
pub(crate) struct OnceEach<V>(Mutex<BTreeMap<String, Numbered<V>>>);

/// A value, made or not, with the number of its key.
type Numbered<V> = (usize, Arc<OnceCell<V>>);

impl<V> Default for OnceEach<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V: Clone> OnceEach<V> {
    /// The value of the key. `make` is told the number of the key, which no other has: keys are counted as they come.
    pub async fn get<E, F>(&self, key: &str, make: impl FnOnce(usize) -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        let (index, cell) = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let next = cells.len();
            cells
                .entry(key.to_owned())
                .or_insert_with(|| (next, Arc::default()))
                .clone()
        };
        cell.get_or_try_init(|| make(index)).await.cloned()
    }

    /// The value of the key, where it is made.
    pub fn known(&self, key: &str) -> Option<V> {
        let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(key)?.1.get().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_two_keys_have_one_number_also_where_one_is_tried_again() {
        let once = OnceEach::<usize>::default();
        let failed: Result<usize, ()> = once.get("a", |_| async { Err(()) }).await;
        assert_eq!(failed, Err(()));
        let again: Result<usize, ()> = once.get("a", |number| async move { Ok(number) }).await;
        let other: Result<usize, ()> = once.get("b", |number| async move { Ok(number) }).await;
        assert_eq!((again, other), (Ok(0), Ok(1)));
    }
}
