//! Tables that one worker of a pool has open, as the others get to know them.

use std::sync::Arc;

use protocol::{Failure, SharedFile, SharedFiles, SharedOrigin, SharedTable};
use tokio::sync::OnceCell;

use super::adhoc::open_objects;
use super::file::Source;
use super::provider::GoldTable;
use crate::io::{Object, Origin};

/// A table that a statement names, in the state in which it is open.
#[derive(Debug, Clone)]
pub struct OpenTable {
    /// Its name.
    pub name: String,
    /// What tells this state of it from another.
    pub version: String,
    pub(super) table: Arc<GoldTable>,
}

impl OpenTable {
    /// What another worker has to know of it.
    pub fn shared(&self) -> SharedTable {
        let ad_hoc: Option<Vec<SharedFile>> = self
            .table
            .files
            .iter()
            .map(|file| shared_file(&file.object))
            .collect();
        let files = match ad_hoc {
            Some(files) if !files.is_empty() => SharedFiles::AdHoc { files },
            _ => SharedFiles::Lake {
                manifest: Box::new(self.table.manifest.clone()),
            },
        };
        SharedTable {
            name: self.name.clone(),
            version: self.version.clone(),
            files,
        }
    }
}

/// None for a file of the lake.
fn shared_file(object: &Object) -> Option<SharedFile> {
    let origin = match &object.origin {
        Origin::Lake(_) => return None,
        other => SharedOrigin::from(other),
    };
    Some(SharedFile {
        origin,
        bytes: object.bytes,
        etag: object.etag.clone(),
    })
}

/// A table that another worker shared; it is opened when it is first asked for.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) version: String,
    files: SharedFiles,
    table: Arc<OnceCell<Arc<GoldTable>>>,
}

impl Shared {
    pub(super) fn new(version: String, files: SharedFiles) -> Self {
        Self {
            version,
            files,
            table: Arc::default(),
        }
    }

    pub(super) async fn open(self, name: String, source: &Source) -> Result<Arc<GoldTable>, Failure> {
        let opening = async {
            Ok(Arc::new(match self.files {
                SharedFiles::Lake { manifest } => GoldTable::from_manifest(*manifest, source).await?,
                SharedFiles::AdHoc { files } => {
                    let objects = files.into_iter().map(Object::from).map(Arc::new).collect();
                    open_objects(&name, objects, source).await?
                }
            }))
        };
        self.table.get_or_try_init(|| opening).await.cloned()
    }
}
