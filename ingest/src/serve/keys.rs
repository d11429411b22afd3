//! Which object keys may leave this machine.
//!
//! Invariant: a key that passes [`check`] names an object below its root and none of the files that a writer
//! or a store keeps for itself: hidden files, staging files, locks.

/// The longest key that S3 takes.
const MAX_KEY_BYTES: usize = 1024;

/// A key that is not the key of an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key {key:?} {problem}: send keys as catalog.json and the manifests name them")]
pub struct KeyError {
    key: String,
    problem: &'static str,
}

impl KeyError {
    /// A key with characters that the object store's own paths do not take.
    pub(super) fn unusual(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            problem: "has characters that object stores advise against",
        }
    }
}

/// Accepts the key of an object below a root.
pub fn check(key: &str) -> Result<(), KeyError> {
    match problem(key) {
        None => Ok(()),
        Some(problem) => Err(KeyError {
            key: key.chars().take(200).collect(),
            problem,
        }),
    }
}

fn problem(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        return Some("is empty");
    }
    if key.len() > MAX_KEY_BYTES {
        return Some("is longer than 1,024 bytes");
    }
    if key.starts_with('/') || cfg!(windows) && key.contains(':') {
        return Some("is absolute");
    }
    if key.contains('\\') || key.chars().any(char::is_control) {
        return Some("has a backslash or a control character");
    }
    for segment in key.split('/') {
        match segment {
            "" => return Some("has an empty part"),
            "." | ".." => return Some("leaves the gold root"),
            hidden if hidden.starts_with('.') => return Some("names a hidden file"),
            staged if is_staging(staged) => return Some("names a file that is being written"),
            lock if lock.ends_with(".lock") => return Some("names a lock"),
            _ => {}
        }
    }
    None
}

/// `object_store` writes a local object as `name#1` and renames it.
fn is_staging(segment: &str) -> bool {
    segment
        .rsplit_once('#')
        .is_some_and(|(_, attempt)| !attempt.is_empty() && attempt.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_catalog_pass() {
        for key in [
            "catalog.json",
            "manifests/flights/0123456789abcdef.json",
            "tables/flights/year=2001/origin=Zürich, Kloten/a b#c.parquet",
        ] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
    }

    #[test]
    fn keys_that_leave_the_root_or_name_private_files_are_refused() {
        for key in [
            "",
            "/etc/passwd",
            "..",
            "../secret",
            "tables/../../secret",
            "tables/./a",
            "tables//a",
            "tables/",
            "tables\\..\\secret",
            "a\0b",
            ".lock",
            "tables/.tmp.0.internal.part",
            "catalog.json#1",
            "catalog.json.lock",
        ] {
            assert!(check(key).is_err(), "{key:?}");
        }
        assert!(check(&"k".repeat(1025)).is_err());
    }
}
