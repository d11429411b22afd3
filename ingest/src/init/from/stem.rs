//! What the names of files have in common: the source's name, and the glob that finds them and the next ones.
//!
//! Invariant: nothing here looks at the disk; whether a glob finds the files and no others is for the caller to see.

use std::path::{Component, Path};

use crate::source;

/// Names of files that say nothing: the folder's is taken.
const GENERIC: [&str; 4] = ["part", "data", "file", "export"];

/// A file's path in parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parts {
    /// The folders from the root on.
    pub folders: Vec<String>,
    /// A number or date in front, with what separates it.
    lead: String,
    /// The name without numbers at its ends.
    core: String,
    /// A number or date behind, with what separates it.
    trail: String,
    /// From the dot on.
    extension: String,
}

/// What files of one source have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    folders: Vec<Option<String>>,
    core: String,
    extension: String,
}

impl Parts {
    /// Of an absolute path; none where the extension does not tell the format, or a name is no Unicode. `.txt` counts
    /// where it was asked for.
    pub(super) fn of(path: &Path, with_text: bool) -> Option<Self> {
        let mut folders = Vec::new();
        for component in path.components() {
            match component {
                Component::RootDir => {}
                Component::Normal(part) => folders.push(part.to_str()?.to_owned()),
                other => folders.push(other.as_os_str().to_str()?.to_owned()),
            }
        }
        let name = folders.pop()?;
        let stem = stem(&name, with_text)?.to_owned();
        let (lead, core, trail) = split(&stem);
        Some(Self {
            folders,
            lead: lead.to_owned(),
            core: core.to_owned(),
            trail: trail.to_owned(),
            extension: name[stem.len()..].to_owned(),
        })
    }

    pub(super) fn key(&self) -> Key {
        let is_value = |folder: &&String| folder.contains('=') || folder.chars().all(is_number_part);
        Key {
            folders: self
                .folders
                .iter()
                .map(|folder| Some(folder).filter(|folder| !is_value(folder)).cloned())
                .collect(),
            core: self.core.clone(),
            extension: self.extension.clone(),
        }
    }

    /// The path, without a slash in front.
    pub(super) fn path(&self) -> String {
        let mut path = self.folders.join("/");
        path.push('/');
        path + &self.stem() + &self.extension
    }

    /// What a source of this file alone is called.
    pub(super) fn stem(&self) -> String {
        format!("{}{}{}", self.lead, self.core, self.trail)
    }
}

impl Key {
    /// What a source of several files is called.
    pub(super) fn name(&self) -> &str {
        if !self.core.is_empty() && !GENERIC.contains(&self.core.to_lowercase().as_str()) {
            return &self.core;
        }
        self.folder().unwrap_or(&self.core)
    }

    /// The nearest folder whose name is more than a value.
    pub(super) fn folder(&self) -> Option<&str> {
        self.folders.iter().rev().flatten().next().map(String::as_str)
    }
}

/// A file's name without its extension.
fn stem(name: &str, with_text: bool) -> Option<&str> {
    let (stem, _) = source::format_of_name(name)?;
    let is_text = name[stem.len()..].to_ascii_lowercase().starts_with(".txt");
    (!stem.is_empty() && (with_text || !is_text)).then_some(stem)
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | ' ' | '(' | ')')
}

fn is_number_part(c: char) -> bool {
    c.is_ascii_digit() || is_separator(c)
}

/// `2024-01 orders-7` is a number in front, `orders`, and a number behind.
fn split(stem: &str) -> (&str, &str, &str) {
    let rest = stem.trim_start_matches(is_number_part);
    if rest.is_empty() {
        return ("", "", stem);
    }
    let (lead, rest) = stem.split_at(stem.len() - rest.len());
    // `3d_models` begins with a word, not with a number.
    let is_lead = lead.contains(|c: char| c.is_ascii_digit()) && lead.ends_with(is_separator);
    let (lead, rest) = if is_lead { (lead, rest) } else { ("", stem) };
    let words = rest.trim_end_matches(is_number_part);
    let ending = &rest[words.len()..];
    // `sp500-2000` is a number behind `sp500`; `orders2` is one behind `orders`.
    let glued = ending.find(is_separator).unwrap_or(0);
    let (core, trail) = rest.split_at(words.len() + glued);
    if trail.contains(|c: char| c.is_ascii_digit()) {
        (lead, core, trail)
    } else {
        (lead, rest, "")
    }
}

/// The file's path as a glob that matches it alone.
pub(super) fn literal(parts: &Parts) -> Vec<String> {
    let mut components: Vec<String> = parts.folders.iter().map(|folder| escaped(folder)).collect();
    components.push(escaped(&format!("{}{}", parts.stem(), parts.extension)));
    components
}

/// Globs that match all these files, of one key, the most readable first.
pub(super) fn globs(files: &[Parts]) -> Vec<Vec<String>> {
    let Some(first) = files.first() else {
        return Vec::new();
    };
    let folders: Vec<String> = (0..first.folders.len())
        .map(|at| {
            any_of(
                &files
                    .iter()
                    .map(|file| file.folders[at].as_str())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    let lead = if files.iter().all(|file| file.lead.is_empty()) {
        ""
    } else {
        "*"
    };
    let separator = first.trail.chars().next().filter(|c| is_separator(*c));
    let separator = separator
        .filter(|c| files.iter().all(|file| file.trail.starts_with(*c)))
        .map_or(String::new(), String::from);
    let has_trail = files.iter().any(|file| !file.trail.is_empty());
    let tails: &[&str] = if has_trail { &["*", "[0-9]*"] } else { &[""] };
    tails
        .iter()
        .map(|tail| {
            let core = escaped(&first.core);
            let mut components = folders.clone();
            components.push(format!(
                "{lead}{core}{separator}{tail}{}",
                escaped(&first.extension)
            ));
            components
        })
        .collect()
}

/// A glob for folders at one place of a path.
fn any_of(folders: &[&str]) -> String {
    let first = folders[0];
    if folders.iter().all(|folder| *folder == first) {
        return escaped(first);
    }
    match first.split_once('=') {
        Some((name, _))
            if folders
                .iter()
                .all(|folder| folder.starts_with(&format!("{name}="))) =>
        {
            format!("{}=*", escaped(name))
        }
        _ => "*".to_owned(),
    }
}

fn escaped(text: &str) -> String {
    glob::Pattern::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(paths: &[&str]) -> (String, Vec<String>) {
        let files: Vec<Parts> = paths
            .iter()
            .map(|path| Parts::of(Path::new(path), false).expect("known"))
            .collect();
        let key = files[0].key();
        assert!(files.iter().all(|file| file.key() == key), "{files:?}");
        let globs = globs(&files).iter().map(|parts| parts.join("/")).collect();
        (key.name().to_owned(), globs)
    }

    #[test]
    fn numbers_and_dates_at_the_ends_are_not_the_name() {
        for (paths, name, first) in [
            (
                &["/r/orders-1.csv", "/r/orders-2.csv"],
                "orders",
                "r/orders-*.csv",
            ),
            (&["/r/orders.CSV", "/r/orders 2.CSV"], "orders", "r/orders*.CSV"),
            (&["/r/2024-01 a.csv", "/r/2024-02 a.csv"], "a", "r/*a.csv"),
            (
                &["/sales/2024.csv.gz", "/sales/2025.csv.gz"],
                "sales",
                "sales/*.csv.gz",
            ),
            (
                &["/t/year=2024/part-0.parquet", "/t/year=2025/part-0.parquet"],
                "t",
                "t/year=*/part-*.parquet",
            ),
            (&["/r/2024/x.json", "/r/2025/x.json"], "x", "r/*/x.json"),
        ] {
            let (found, globs) = glob(paths);
            assert_eq!((found.as_str(), globs[0].as_str()), (name, first));
        }
        let (_, globs) = glob(&["/r/orders-1.csv", "/r/orders-2.csv"]);
        assert_eq!(globs[1], "r/orders-[0-9]*.csv");
    }

    #[test]
    fn words_with_digits_are_words() {
        for stem in ["3d_models", "h", "orders (final)"] {
            assert_eq!(split(stem), ("", stem, ""));
        }
        assert_eq!(split("sp500-2000"), ("", "sp500", "-2000"));
        assert_eq!(split("sp500"), ("", "sp", "500"));
        let file = Parts::of(Path::new("/r/a[1]?-2.csv"), false).expect("known");
        assert_eq!(literal(&file).join("/"), "r/a[[]1[]][?]-2.csv");
        assert_eq!(Parts::of(Path::new("/r/a.sql"), true), None);
        assert_eq!(Parts::of(Path::new("/r/.csv"), true), None);
        assert_eq!(Parts::of(Path::new("/r/a.txt.gz"), false), None);
        assert!(Parts::of(Path::new("/r/a.TXT.gz"), true).is_some());
    }
}
