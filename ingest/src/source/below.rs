//! Where a raw file lies: its path below the root of its source, and the columns that its folders stand for.
//!
//! Invariant: both are the same of a file in a folder and of one in a bucket.
//!
//! Entry points: [`name`], [`keys`].

use super::{SourceError, SourceFile, database, is_glob, web};
use crate::project::SourceConfig;

/// An option of DuckDB's readers: whether folders are columns.
pub(super) const PARTITIONING: &str = "hive_partitioning";

/// The parts of a path.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter(|segment| !matches!(*segment, "" | "." | "s3:"))
}

/// What a file is called below the root of its source: by what is not the same for all of its files.
pub(super) fn name(config: &SourceConfig, origin: &str) -> String {
    let path = web::path_of(&config.path);
    let all = segments(path).count();
    let root = match segments(path).position(is_glob) {
        Some(root) if !web::is_url(&config.path) => root,
        _ => all.saturating_sub(1),
    };
    let below: Vec<&str> = segments(web::path_of(origin)).skip(root).collect();
    below.join("/")
}

/// The keys of a path's folders that are called `key=value`, as DuckDB finds them.
pub(super) fn keys_of(path: &str) -> Vec<&str> {
    let (folders, _) = path.rsplit_once('/').unwrap_or_default();
    let key = |folder| {
        let (key, value): (&str, &str) = str::split_once(folder, '=')?;
        (!key.is_empty() && !value.contains(['=', '?', '\n'])).then_some(key)
    };
    segments(folders).filter_map(key).collect()
}

/// The columns that folders stand for, which are those of each file.
pub(super) fn keys(config: &SourceConfig, files: &[SourceFile]) -> Result<Vec<String>, SourceError> {
    let is_off = config.options.get(PARTITIONING) == Some(&toml::Value::Boolean(false));
    let has_folders = !web::is_url(&config.path) && !database::is_database(&config.path);
    let Some(first) = files.first().filter(|_| has_folders && !is_off) else {
        return Ok(Vec::new());
    };
    let sorted = |file: &SourceFile| {
        let mut keys: Vec<String> = keys_of(&file.origin).into_iter().map(str::to_owned).collect();
        keys.sort();
        keys
    };
    let keys = sorted(first);
    match files.iter().find(|file| sorted(file) != keys) {
        None => Ok(keys),
        Some(other) => Err(SourceError::one(format!(
            "{} is in {}, and {} in {}: folders named key=value are columns, which all files of a source have. Move one, \
             or leave these columns out with options = {{ {PARTITIONING} = false }}",
            first.origin,
            in_words(&keys),
            other.origin,
            in_words(&sorted(other)),
        ))),
    }
}

fn in_words(keys: &[String]) -> String {
    match keys {
        [] => "none".to_owned(),
        keys => format!("one of {}", keys.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn file(origin: &str) -> SourceFile {
        SourceFile {
            origin: origin.to_owned(),
            path: PathBuf::from(origin),
            input: crate::state::InputFile {
                path: origin.to_owned(),
                bytes: 1,
                version: String::new(),
                hash: None,
                position: None,
            },
        }
    }

    #[test]
    fn a_name_is_the_same_in_a_folder_and_in_a_bucket() {
        for (path, origin, expected) in [
            ("raw/**/*.csv", "raw/y=1/a.csv", "y=1/a.csv"),
            ("./raw/*/a.csv", "raw/x/a.csv", "x/a.csv"),
            (
                "s3://bucket/raw/**/*.csv",
                "s3://bucket/raw/y=1/a.csv",
                "y=1/a.csv",
            ),
            ("raw/a.csv", "raw/a.csv", "a.csv"),
            ("/data/raw/2?/a[1].csv", "/data/raw/20/a1.csv", "20/a1.csv"),
            ("../raw/*.csv", "../raw/a.csv", "a.csv"),
            ("https://h/x/a.csv?key=1", "https://h/x/a.csv?…", "a.csv"),
        ] {
            assert_eq!(name(&SourceConfig::of_path(path), origin), expected, "{path}");
        }
    }

    #[test]
    fn folders_are_columns_where_they_are_those_of_all_files() {
        let config = SourceConfig::of_path("raw/**/*.csv");
        let files = [file("raw/y=1/m=2/a=b.csv"), file("raw/m=1/y=2/x/b.csv")];
        assert_eq!(keys(&config, &files), Ok(vec!["m".to_owned(), "y".to_owned()]));
        let files = [file("raw/y=1/a.csv"), file("raw/b.csv")];
        let told = keys(&config, &files).expect_err("refused").to_string();
        assert!(
            told.starts_with("raw/y=1/a.csv is in one of y, and raw/b.csv in none: folders named key=value"),
            "{told}"
        );
    }
}
