//! Manifests and lock files.
//!
//! Entry point: [`check`].

use super::Finding;
use super::tree::SourceFile;

/// The npm lock file names no server, and each crate takes the workspace's lints.
pub fn check(file: &SourceFile) -> Option<Finding> {
    match file.path.rsplit('/').next() {
        Some("package-lock.json") => names_a_server(file),
        Some("Cargo.toml") if file.text.contains("[package]") => has_own_lints(file),
        _ => None,
    }
}

fn names_a_server(file: &SourceFile) -> Option<Finding> {
    let (index, _) = file
        .text
        .lines()
        .enumerate()
        .find(|(_, line)| line.trim().starts_with("\"resolved\""))?;
    Some(Finding {
        place: format!("{}:{}", file.path, index + 1),
        rule: "a package is bound to one registry".to_owned(),
        fix: "run `npm install --omit-lockfile-registry-resolved`; the integrity hash suffices",
    })
}

fn has_own_lints(file: &SourceFile) -> Option<Finding> {
    (!file.text.contains("[lints]\nworkspace = true")).then(|| Finding {
        place: file.path.clone(),
        rule: "the crate does not take the workspace's lints".to_owned(),
        fix: "add `[lints]` with `workspace = true`",
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::SourceFile;

    fn is_found(path: &str, text: &str) -> bool {
        check(&SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .is_some()
    }

    #[test]
    fn a_lock_file_that_names_a_server_is_found() {
        assert!(is_found(
            "package-lock.json",
            "{\n  \"resolved\": \"https://registry.example/a.tgz\"\n}"
        ));
        assert!(!is_found(
            "package-lock.json",
            "{\n  \"integrity\": \"sha512-resolved\"\n}"
        ));
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found() {
        assert!(is_found("app/Cargo.toml", "[package]\nname = \"app\"\n"));
        assert!(!is_found(
            "app/Cargo.toml",
            "[package]\nname = \"app\"\n\n[lints]\nworkspace = true\n"
        ));
        assert!(!is_found("Cargo.toml", "[workspace]\nmembers = []\n"));
    }
}
