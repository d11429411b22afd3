//! What is pinned: a record for each table of each lake, in a file of its own, so that tabs do not overwrite each other's.

use catalog::TableEntry;
use serde::{Deserialize, Serialize};

use super::folder::{DiskError, Folder};
use crate::io::ObjectId;

/// A table that is kept for use without a network. Holds no address of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::edge) struct PinRecord {
    /// The lake's address, without what may be secret.
    pub(in crate::edge) lake: String,
    /// The table, as the catalog listed it.
    pub(in crate::edge) entry: TableEntry,
    /// Its columns that are kept; all when absent.
    pub(in crate::edge) columns: Option<Vec<String>>,
    /// The names of its objects on disk.
    pub(in crate::edge) disk_names: Vec<String>,
    /// Bytes on disk.
    pub(in crate::edge) bytes: u64,
}

/// All records. One that cannot be read is of another version of this program, and counts as none.
pub(super) async fn read(folder: &Folder) -> Result<Vec<PinRecord>, DiskError> {
    let mut records = Vec::new();
    for name in folder.list().await? {
        match folder.read(&name, None, None).await {
            Ok(json) => records.extend(serde_json::from_slice::<PinRecord>(&json)),
            Err(DiskError::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

/// Writes a record in the place of the table's last one.
pub(super) async fn write(folder: &Folder, record: &PinRecord) -> Result<(), DiskError> {
    let json = serde_json::to_vec(record).map_err(|error| DiskError::Other(error.to_string()))?;
    folder
        .write(&file_name(&record.lake, &record.entry.name), &json)
        .await
}

/// Removes the record of a table, if there is one.
pub(super) async fn remove(folder: &Folder, lake: &str, table: &str) -> Result<(), DiskError> {
    folder.remove(&file_name(lake, table)).await
}

fn file_name(lake: &str, table: &str) -> String {
    format!("{}.json", ObjectId::from(&format!("{lake} {table}")))
}
