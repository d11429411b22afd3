//! The project of a small shop, and what every new project has.

use std::path::Path;

use super::NewFile;
use crate::project::CONFIG_FILE;

const CONFIG: &str = include_str!("template/ingest.toml");
const GITIGNORE: &str = include_str!("template/gitignore");
/// What git must not take in.
const IGNORED: [&str; 2] = [".env", "/.goldpan/"];

/// All files, `ingest.toml` last.
pub(super) fn files(name: &str) -> Vec<NewFile> {
    let mut files = common();
    files.extend([
        NewFile::new("raw/orders.csv", include_str!("template/orders.csv")),
        NewFile::new(
            "models/silver/orders.sql",
            include_str!("template/silver_orders.sql"),
        ),
        NewFile::new("models/gold/orders.sql", include_str!("template/gold_orders.sql")),
        NewFile::new(
            "models/gold/product_days.sql",
            include_str!("template/gold_product_days.sql"),
        ),
        NewFile::new(
            "checks/orders_are_all_there.sql",
            include_str!("template/orders_are_all_there.sql"),
        ),
        config(name, include_str!("template/sources.toml")),
    ]);
    files
}

/// What is the same in all projects.
pub(super) fn common() -> Vec<NewFile> {
    vec![
        NewFile::new(".gitignore", GITIGNORE),
        NewFile::new(".env.example", include_str!("template/env.example")),
    ]
}

/// `ingest.toml` of a lake with these sources.
pub(super) fn config(name: &str, sources: &str) -> NewFile {
    let text = CONFIG.replace("{{name}}", &toml_text(name));
    NewFile::new(CONFIG_FILE, text.replace("{{sources}}\n", sources))
}

/// A string as TOML has it: JSON's escapes are TOML's, but for one character.
pub(super) fn toml_text(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007F")
}

/// What to add to a `.gitignore` that was there.
pub(super) fn gitignore_hint(folder: &Path, kept: &[String]) -> Option<String> {
    let path = folder.join(".gitignore");
    let text = kept
        .iter()
        .any(|kept| kept == ".gitignore")
        .then(|| std::fs::read_to_string(&path).unwrap_or_default())?;
    let bare = |line: &str| line.trim().trim_matches('/').to_owned();
    let lacking: Vec<&str> = IGNORED
        .into_iter()
        .filter(|wanted| !text.lines().any(|line| bare(line) == bare(wanted)))
        .collect();
    (!lacking.is_empty()).then(|| format!("add to {}: {}", path.display(), lacking.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_valid_toml() {
        for name in ["lake", "Ada's \"lake\"\\", "Größe\u{7f}\t{{sources}}"] {
            let text = config(name, "").text;
            let table: toml::Table = toml::from_str(&text).expect("valid TOML");
            assert_eq!(table["name"].as_str(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_gitignore_that_was_there_is_to_get_what_it_lacks() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join(".gitignore"), "*.tmp\n.goldpan\n").expect("written");
        let kept = [".gitignore".to_owned()];
        let hint = gitignore_hint(folder.path(), &kept).expect("a hint");
        assert!(hint.ends_with(".gitignore: .env"), "{hint}");
        assert_eq!(gitignore_hint(folder.path(), &[]), None);
    }
}
