//! Versions as `Cargo.lock` pins them.
//!
//! Entry point: [`version_of`].

use anyhow::{Context, Result};

/// The version of a package that occurs once in the lock file.
pub fn version_of<'lock>(lock: &'lock str, package: &str) -> Result<&'lock str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines
        .find(|line| *line == name)
        .and_then(|_| lines.next())
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .with_context(|| format!("Cargo.lock names no version of `{package}`; run `cargo generate-lockfile`"))
}

#[cfg(test)]
mod tests {
    use super::version_of;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";

    #[test]
    fn takes_the_package_of_exactly_that_name() {
        assert_eq!(version_of(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
    }

    #[test]
    fn names_a_package_that_is_absent() {
        let error = version_of(LOCK, "trunk").unwrap_err().to_string();
        assert!(error.contains("`trunk`"), "{error}");
    }
}
