//! Tells the service worker which files the site has, so that the page opens without a network.
//!
//! Invariant: the list names every file that the page may load, by its content. So a deployment with another file has
//! another script, by which browsers notice it.
//!
//! Entry point: [`list`].

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

use super::content_hash;

/// The service worker's script.
const SCRIPT: &str = "offline.js";
/// Where the list goes in it.
const PLACE: &str = "const SITE = { version: \"\", files: {} };";

/// Writes the list of the files below `site` into the script there.
pub fn list(site: &Path) -> Result<()> {
    let mut files = Vec::new();
    visit(site, "", &mut files)?;
    files.sort();
    let path = site.join(SCRIPT);
    let script = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        script.matches(PLACE).count() == 1,
        "public/{SCRIPT} must have the line `{PLACE}` once"
    );
    let script = script.replace(PLACE, &format!("const SITE = {};", json(&files)));
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))
}

/// Names relative to the site, and hashes.
fn visit(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{prefix}{file_name}");
        if path.is_dir() {
            visit(&path, &format!("{name}/"), files)?;
        } else if is_loaded(&name) {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.push((name, content_hash(&content)));
        }
    }
    Ok(())
}

/// Compressed copies are what a server makes of a file's own name, notices of licences are for people, and the script
/// itself is kept by the browser.
fn is_loaded(name: &str) -> bool {
    name != SCRIPT && !name.ends_with(".br") && !name.ends_with(".LEGAL.txt")
}

fn json(files: &[(String, String)]) -> String {
    let entries: Vec<String> = files
        .iter()
        .map(|(name, hash)| format!("{name:?}: {hash:?}"))
        .collect();
    let entries = entries.join(", ");
    let version = content_hash(entries.as_bytes());
    format!("{{ version: {version:?}, files: {{ {entries} }} }}")
}

#[cfg(test)]
mod tests {
    use super::{PLACE, list};
    use std::fs;
    use std::path::Path;

    fn listed(files: &[(&str, &str)]) -> String {
        let shell = xshell::Shell::new().unwrap();
        let folder = shell.create_temp_dir().unwrap();
        fs::create_dir(folder.path().join("engine")).unwrap();
        fs::write(
            folder.path().join("offline.js"),
            format!("// Why.\n{PLACE}\nrest();\n"),
        )
        .unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        list(folder.path()).unwrap();
        fs::read_to_string(folder.path().join("offline.js")).unwrap()
    }

    #[test]
    fn every_file_that_the_page_loads_is_listed() {
        let script = listed(&[
            ("index.html", "<html>"),
            ("index.html.br", "x"),
            ("chart.js.LEGAL.txt", "x"),
            ("engine/engine.js", "e"),
        ]);
        for name in ["\"index.html\": \"", "\"engine/engine.js\": \""] {
            assert!(script.contains(name), "{name} in {script}");
        }
        for name in [".br", "LEGAL", "\"offline.js\""] {
            assert!(!script.contains(name), "{name} in {script}");
        }
        assert!(script.ends_with("rest();\n"), "{script}");
    }

    #[test]
    fn another_content_is_another_script() {
        let one = listed(&[("index.html", "1")]);
        assert_eq!(one, listed(&[("index.html", "1")]));
        assert_ne!(one, listed(&[("index.html", "2")]));
        assert_ne!(one, listed(&[("index.html", "1"), ("a.js", "")]));
    }

    #[test]
    fn the_script_has_the_line_to_replace() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../public/offline.js");
        assert_eq!(fs::read_to_string(script).unwrap().matches(PLACE).count(), 1);
    }
}
