//! Which object is meant, and which version of it.

use std::fmt;

use protocol::{SharedFile, SharedOrigin};

/// Where an object is. Holds no signed URL: the edge finds that by key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An object of the lake, by its key below the gold root.
    Lake(String),
    /// An address that a person gave.
    Url(String),
    /// A local file: its index at the edge, and its name.
    File {
        /// Index.
        index: usize,
        /// Name, for messages.
        name: String,
    },
}

impl Origin {
    /// The name to show: the key, the address without its query, the file name.
    pub fn display_name(&self) -> &str {
        match self {
            Self::Lake(key) => key,
            Self::Url(url) => url.split(['?', '#']).next().unwrap_or(url),
            Self::File { name, .. } => name,
        }
    }

    /// The name by which the disk knows a document that never changes.
    pub fn document_name(&self) -> String {
        format!("lake {}", self.display_name())
    }
}

impl From<&Origin> for SharedOrigin {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Lake(key) => Self::Lake { key: key.clone() },
            Origin::Url(url) => Self::Url { url: url.clone() },
            Origin::File { index, name } => Self::Local {
                // A person cannot pick four thousand million files.
                index: u32::try_from(*index).unwrap_or(u32::MAX),
                name: name.clone(),
            },
        }
    }
}

impl From<SharedOrigin> for Origin {
    fn from(origin: SharedOrigin) -> Self {
        match origin {
            SharedOrigin::Lake { key } => Self::Lake(key),
            SharedOrigin::Url { url } => Self::Url(url),
            SharedOrigin::Local { index, name } => Self::File {
                index: usize::try_from(index).unwrap_or(usize::MAX),
                name,
            },
        }
    }
}

impl From<SharedFile> for Object {
    fn from(file: SharedFile) -> Self {
        Self {
            origin: file.origin.into(),
            bytes: file.bytes,
            etag: file.etag,
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.display_name())
    }
}

/// An object of known size and version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    /// Where it is.
    pub origin: Origin,
    /// Its size.
    pub bytes: u64,
    /// Its version, where known.
    pub etag: Option<String>,
}

impl Object {
    /// The name by which the disk knows this version of the object. None for what the disk may not keep: files that
    /// are on it anyway, and objects whose version nobody tells.
    pub fn disk_name(&self) -> Option<String> {
        let tag = strong(self.etag.as_deref()?);
        match &self.origin {
            Origin::Lake(key) => Some(format!("lake {key} {tag} {}", self.bytes)),
            Origin::Url(_) => Some(format!("url {} {tag} {}", self.origin.display_name(), self.bytes)),
            Origin::File { .. } => None,
        }
    }

    /// Whether an answer with this ETag and size is of this version.
    pub(super) fn is_version(&self, etag: Option<&str>, total_bytes: u64) -> bool {
        let etag_differs = match (&self.etag, etag) {
            (Some(planned), Some(found)) => strong(planned) != strong(found),
            _ => false,
        };
        !etag_differs && total_bytes == self.bytes
    }
}

/// Proxies that compress or re-serve may weaken an ETag; the tag itself still names the version.
fn strong(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_knows_versions_and_no_signatures() {
        let object = |origin, etag: Option<&str>| Object {
            origin,
            bytes: 7,
            etag: etag.map(str::to_owned),
        };
        let url = Origin::Url("https://host/a.parquet?X-Amz-Signature=secret".to_owned());
        assert_eq!(
            object(url.clone(), Some("W/\"v1\"")).disk_name().as_deref(),
            Some("url https://host/a.parquet v1 7")
        );
        assert_eq!(object(url, None).disk_name(), None);
        let file = Origin::File {
            index: 0,
            name: "a.parquet".to_owned(),
        };
        assert_eq!(object(file, Some("v1")).disk_name(), None);
    }

    #[test]
    fn a_weak_tag_names_the_same_version() {
        let object = Object {
            origin: Origin::Lake("k".to_owned()),
            bytes: 7,
            etag: Some("\"v1\"".to_owned()),
        };
        assert!(object.is_version(Some("W/\"v1\""), 7));
        assert!(object.is_version(None, 7));
        assert!(!object.is_version(Some("\"v2\""), 7));
        assert!(!object.is_version(None, 8));
    }
}
