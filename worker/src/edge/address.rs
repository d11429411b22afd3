//! Where an object is asked for: an address that is known, or one that is found by key and may be renewed.

use protocol::Failure;

use super::locator::Locator;

/// An object's address.
pub(super) enum Address<'a> {
    /// This one.
    Fixed(&'a str),
    /// That of an object of the open lake.
    Lake {
        /// Finds it.
        lake: &'a Locator,
        /// The object's key.
        key: &'a str,
    },
}

impl Address<'_> {
    /// The address now; signed ones change.
    pub(super) async fn url(&self) -> Result<String, Failure> {
        match self {
            Self::Fixed(url) => Ok((*url).to_owned()),
            Self::Lake { lake, key } => lake.url(key).await,
        }
    }

    /// Notes that an address was refused. Whether another one can be had.
    pub(super) fn forget(&self, refused: &str) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Lake { lake, key } => lake.forget(key, refused),
        }
    }
}
