//! Files of the disk cache: each holds one extent of one version of an object, and its name says which.
//!
//! Invariant: a name never stands for other bytes, so that files are never changed, and tabs may write the same one.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// A version of an object, by the hash of its name: such a name may be longer than file names can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(u128);

impl<S: AsRef<str> + ?Sized> From<&S> for ObjectId {
    fn from(disk_name: &S) -> Self {
        let hash = Sha256::digest(disk_name.as_ref());
        Self(
            hash.iter()
                .take(16)
                .fold(0, |id, byte| id << 8 | u128::from(*byte)),
        )
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A file of the disk cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExtentFile {
    /// Of what it is a part.
    pub object: ObjectId,
    /// Which part.
    pub extent: Range<u64>,
    /// The object's whole size.
    pub total_bytes: u64,
}

impl ExtentFile {
    /// Bytes in it.
    pub fn bytes(&self) -> u64 {
        self.extent.end - self.extent.start
    }

    /// Whether it is the whole object.
    pub fn is_whole(&self) -> bool {
        self.extent.start == 0 && self.extent.end == self.total_bytes
    }
}

impl fmt::Display for ExtentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.extent;
        write!(f, "{}-{start}-{end}-{}", self.object, self.total_bytes)
    }
}

/// A file name that is none of ours: a browser's temporary file, for example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignFile;

impl FromStr for ExtentFile {
    type Err = ForeignFile;

    fn from_str(name: &str) -> Result<Self, ForeignFile> {
        let parts: Vec<&str> = name.split('-').collect();
        let [object, start, end, total_bytes] = parts.as_slice() else {
            return Err(ForeignFile);
        };
        let number = |text: &str| text.parse::<u64>().map_err(|_| ForeignFile);
        let file = Self {
            object: ObjectId(u128::from_str_radix(object, 16).map_err(|_| ForeignFile)?),
            extent: number(start)?..number(end)?,
            total_bytes: number(total_bytes)?,
        };
        // Only one spelling is ours, and only extents that can be.
        let is_ours =
            file.to_string() == name && !file.extent.is_empty() && file.extent.end <= file.total_bytes;
        is_ours.then_some(file).ok_or(ForeignFile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_all() {
        let file = ExtentFile {
            object: ObjectId::from("lake tables/flights/a.parquet v1 7000"),
            extent: 4096..5000,
            total_bytes: 7000,
        };
        let name = file.to_string();
        assert!(name.ends_with("-4096-5000-7000"), "{name}");
        assert!(
            name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'),
            "{name} is safe on every system"
        );
        assert_eq!(name.parse(), Ok(file));
    }

    #[test]
    fn other_names_are_not_ours() {
        let object = ObjectId::from("x");
        for name in [
            "",
            "notes.txt",
            &format!("{object}-0-5-10.crswap"),
            &format!("{object}-5-5-10"),
            &format!("{object}-7-5-10"),
            &format!("{object}-0-11-10"),
            &format!("{object}-0-05-10"),
            &format!("{object}-0-5"),
            "abc-0-5-10",
        ] {
            assert_eq!(name.parse::<ExtentFile>(), Err(ForeignFile), "{name}");
        }
    }

    #[test]
    fn other_objects_have_other_ids() {
        assert_ne!(ObjectId::from("a"), ObjectId::from("b"));
        assert_eq!(ObjectId::from("a"), ObjectId::from(&"a".to_owned()));
    }
}
