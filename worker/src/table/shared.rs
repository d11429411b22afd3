//! Tables that one worker of a pool has open, as the others get to know them.

use std::sync::Arc;

use catalog::TableManifest;
use protocol::{Failure, FileSource, SharedFile, SharedFiles, SharedTable};
use tokio::sync::OnceCell;

use super::adhoc::open_objects;
use super::file::Source;
use super::provider::{GoldTable, object};
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
        let ad_hoc: Option<Vec<SharedFile>> = self.table.files.iter().map(|file| shared_file(&file.object)).collect();
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

    /// Which of its files an object is.
    pub fn place_of(&self, object: &Object) -> Option<u32> {
        let place = self.table.files.iter().position(|file| file.object.as_ref() == object)?;
        u32::try_from(place).ok()
    }
}

/// None for a file of the lake.
fn shared_file(object: &Object) -> Option<SharedFile> {
    let source = match &object.origin {
        Origin::Lake(_) => return None,
        Origin::Url(url) => FileSource::Url { url: url.clone() },
        Origin::File { index, name } => FileSource::Local {
            index: u32::try_from(*index).ok()?,
            name: name.clone(),
        },
    };
    Some(SharedFile {
        source,
        bytes: object.bytes,
        etag: object.etag.clone(),
    })
}

/// What a table that was shared is made of.
#[derive(Debug, Clone)]
pub enum SharedSource {
    /// A table of the lake.
    Manifest(Box<TableManifest>),
    /// Files of known size and version.
    Objects(Vec<Arc<Object>>),
}

/// A table that another worker shared; it is opened when it is first asked for.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) version: String,
    source: SharedSource,
    table: Arc<OnceCell<Arc<GoldTable>>>,
}

impl Shared {
    pub(super) fn new(version: String, source: SharedSource) -> Self {
        Self {
            version,
            source,
            table: Arc::default(),
        }
    }

    /// One of its files.
    pub(super) fn object(&self, place: u32) -> Option<Arc<Object>> {
        let place = usize::try_from(place).ok()?;
        match &self.source {
            SharedSource::Manifest(manifest) => manifest.files.get(place).map(object),
            SharedSource::Objects(objects) => objects.get(place).map(Arc::clone),
        }
    }

    pub(super) async fn open(self, name: String, source: &Source) -> Result<Arc<GoldTable>, Failure> {
        let opening = async {
            Ok(Arc::new(match self.source {
                SharedSource::Manifest(manifest) => GoldTable::from_manifest(*manifest, source).await?,
                SharedSource::Objects(objects) => open_objects(&name, objects, source).await?,
            }))
        };
        self.table.get_or_try_init(|| opening).await.cloned()
    }
}
