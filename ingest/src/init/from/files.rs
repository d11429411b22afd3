//! Files of a folder or a prefix, put together to sources.
//!
//! Invariant: each file is in one source, whose glob finds that source's files and no others.
//!
//! Entry point: [`find`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::place::Place;
use super::stem::{self, Key, Parts};
use crate::project::{Project, is_identifier};
use crate::source::RawFile;

/// Files that are one table.
#[derive(Debug)]
pub(super) struct Group {
    /// The source's name.
    pub name: String,
    /// `path` for `ingest.toml`.
    pub path: String,
    /// The files, in order.
    pub files: Vec<RawFile>,
}

impl Group {
    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.input.bytes).sum()
    }
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub groups: Vec<Group>,
    /// Files whose names do not tell how to read them.
    pub others: u64,
    /// Whether they are objects of a bucket.
    pub is_bucket: bool,
}

/// Looks for files, and puts them together. The project's root is where it is going to be.
pub(super) async fn find(project: &Project, from: &str) -> anyhow::Result<Found> {
    let (place, listed) = Place::list(project, from).await?;
    let mut by_key: BTreeMap<Key, BTreeMap<Parts, RawFile>> = BTreeMap::new();
    let mut others = 0;
    for listed in listed {
        match Parts::of(Path::new(&listed.path), listed.is_named) {
            Some(parts) => {
                by_key.entry(parts.key()).or_default().insert(parts, listed.file);
            }
            None => others += 1,
        }
    }
    let mut names = BTreeSet::new();
    let mut groups = Vec::new();
    for (key, files) in by_key {
        for (glob, files) in globs(&place, files) {
            let wanted = match files.as_slice() {
                [(parts, _)] => parts.stem(),
                _ => key.name().to_owned(),
            };
            groups.push(Group {
                name: free_name(&wanted, key.folder(), &mut names),
                path: configured(&place.address(&glob), &project.root, files.len() > 1),
                files: files.into_iter().map(|(_, file)| file).collect(),
            });
        }
    }
    Ok(Found {
        groups,
        others,
        is_bucket: place.is_bucket(),
    })
}

type Files = Vec<(Parts, RawFile)>;

/// The files of a key with a glob that finds just them; one by one where there is none.
fn globs(place: &Place, files: BTreeMap<Parts, RawFile>) -> Vec<(Vec<String>, Files)> {
    let files: Files = files.into_iter().collect();
    if files.len() > 1 {
        let wanted: BTreeSet<String> = files.iter().map(|(parts, _)| parts.path()).collect();
        let parts: Vec<Parts> = files.iter().map(|(parts, _)| parts.clone()).collect();
        let finds_them = |glob: &Vec<String>| place.matching(glob).is_some_and(|found| found == wanted);
        if let Some(glob) = stem::globs(&parts).into_iter().find(finds_them) {
            return vec![(glob, files)];
        }
    }
    files
        .into_iter()
        .map(|(parts, file)| (stem::literal(&parts), vec![(parts, file)]))
        .collect()
}

/// The path as `ingest.toml` has it: from the project on where the files lie in it. `${` would be a variable.
fn configured(address: &str, root: &Path, is_glob: bool) -> String {
    let inside = format!("{}/", glob::Pattern::escape(&root.to_string_lossy()));
    let path = address.strip_prefix(&inside).unwrap_or(address);
    let plain = unescaped(path);
    // What is no glob is taken as it is written.
    let path = if is_glob || crate::source::is_glob(&plain) {
        path
    } else {
        &plain
    };
    path.replace("${", "$${")
}

fn unescaped(path: &str) -> String {
    ["[", "]", "*", "?"]
        .iter()
        .fold(path.to_owned(), |path, c| path.replace(&format!("[{c}]"), c))
}

/// A name that no other source has, by the folder where the file's own is taken.
fn free_name(wanted: &str, folder: Option<&str>, taken: &mut BTreeSet<String>) -> String {
    let plain = identifier(wanted);
    let with_folder = folder.map(|folder| identifier(&format!("{folder} {wanted}")));
    let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
    let name = std::iter::once(plain.clone())
        .chain(with_folder)
        .chain(numbered)
        .find(|name| !taken.contains(name))
        .unwrap_or(plain);
    taken.insert(name.clone());
    name
}

/// A name of lower-case letters, digits and `_`.
fn identifier(text: &str) -> String {
    let snake = crate::names::columns(&[text]).remove(0);
    let mut name = String::new();
    for c in snake.chars() {
        match c {
            'ä' => name.push_str("ae"),
            'ö' => name.push_str("oe"),
            'ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            'é' | 'è' | 'ê' | 'ë' => name.push('e'),
            'á' | 'à' | 'â' | 'å' | 'ã' => name.push('a'),
            'í' | 'ì' | 'î' | 'ï' => name.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ø' => name.push('o'),
            'ú' | 'ù' | 'û' => name.push('u'),
            'ç' => name.push('c'),
            'ñ' => name.push('n'),
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    let name = name.trim_matches('_');
    match name {
        "" => "source".to_owned(),
        _ if is_identifier(name) => name.to_owned(),
        _ => format!("t_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_names_of_tables() {
        for (raw, name) in [
            ("Größe je Tag", "groesse_je_tag"),
            ("2024 Orders", "t_2024_orders"),
            ("日本", "source"),
            ("OrderLines", "order_lines"),
        ] {
            assert_eq!(identifier(raw), name);
        }
        let mut taken = BTreeSet::new();
        let names = ["eu", "us", "us"].map(|folder| free_name("Orders", Some(folder), &mut taken));
        assert_eq!(names, ["orders", "us_orders", "orders_2"]);
    }
}
