//! The files that belong to the tree: text, and not generated.
//!
//! What git ignores is read from `.gitignore`, whose lines here are names anchored at the root or `*.<extension>`, so
//! that the rules also hold in a tree without git.
//!
//! Entry point: [`read`].

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A text file of the tree.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the checkout, with `/`.
    pub path: String,
    /// The content.
    pub text: String,
}

impl SourceFile {
    /// What stands after the last dot of the name.
    pub fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// Reads all text files below `root`.
pub fn read(root: &Path) -> Result<Vec<SourceFile>> {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let mut files = Vec::new();
    visit(root, root, &ignored, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn visit(root: &Path, folder: &Path, ignored: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        if relative == ".git" || is_ignored(&relative, ignored) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            visit(root, &path, ignored, files)?;
        } else if let Ok(text) = String::from_utf8(fs::read(&path)?) {
            files.push(SourceFile { path: relative, text });
        }
    }
    Ok(())
}

fn is_ignored(path: &str, ignored: &str) -> bool {
    ignored
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .any(|pattern| {
            let name = path.rsplit('/').next().unwrap_or(path);
            match pattern.strip_prefix('/') {
                Some(anchored) => matches_segments(path, anchored.trim_end_matches('/')),
                None => pattern
                    .strip_prefix('*')
                    .map_or(name == pattern, |suffix| name.ends_with(suffix)),
            }
        })
}

fn matches_segments(path: &str, pattern: &str) -> bool {
    let (path, pattern) = (path.split('/'), pattern.split('/'));
    path.clone().count() == pattern.clone().count() && path.zip(pattern).all(|(a, b)| a == b || b == "*")
}

#[cfg(test)]
mod tests {
    use super::is_ignored;

    const IGNORED: &str = "/target\n/public/engine\n/examples/*/.goldpan\n.env\n*.tmp\n";

    #[test]
    fn generated_files_are_left_out() {
        for path in [
            "target",
            "public/engine",
            "examples/flights/.goldpan",
            "ingest/.env",
            "a/b.tmp",
        ] {
            assert!(is_ignored(path, IGNORED), "{path}");
        }
    }

    #[test]
    fn files_of_like_names_stay() {
        for path in [
            "public",
            "public/engine.js",
            "catalog/target",
            "examples/flights",
            ".env.example",
        ] {
            assert!(!is_ignored(path, IGNORED), "{path}");
        }
    }
}
