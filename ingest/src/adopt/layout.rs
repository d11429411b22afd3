//! Which table a Parquet file belongs to, by its key alone.
//!
//! Invariant: what a lake of ours consists of, and what Hive and Spark hide (`_` and `.` first), is no table's.
//!
//! Entry point: [`place`].

use super::hive;

/// Folders at the root of a gold layer that its own writers keep.
const OURS: [&str; 4] = ["tables", "manifests", "state", "runs"];
/// Folders and files that mark a table whose own log says which of its files count.
const LOGS: [(&str, &str); 3] = [
    ("_delta_log", "Delta"),
    ("metadata", "Iceberg"),
    (".hoodie", "Hudi"),
];

/// What a key below the root is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A Parquet file of a table.
    File {
        /// The plain folders above it, joined by `/`; empty for the root.
        folder: String,
    },
    /// A part of the log of a table format, which lies in this folder.
    Log {
        /// The folder that the table is in.
        folder: String,
        /// The format.
        format: &'static str,
    },
    /// Nothing that is adopted.
    Other,
}

/// What this key is.
pub(super) fn place(key: &str) -> Place {
    let mut folders: Vec<&str> = key.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    if folders.first().is_some_and(|first| OURS.contains(first)) {
        return Place::Other;
    }
    if let Some((at, format)) = log_of(&folders, name) {
        let folder = plain(&folders[..at]);
        return Place::Log { folder, format };
    }
    let is_hidden = |part: &str| part.starts_with(['_', '.']);
    let is_parquet = name
        .rsplit_once('.')
        .is_some_and(|(_, end)| ["parquet", "parq", "pq"].contains(&end.to_ascii_lowercase().as_str()));
    if !is_parquet
        || is_hidden(name)
        || folders
            .iter()
            .any(|part| is_hidden(part) && hive::split(part).is_none())
    {
        return Place::Other;
    }
    Place::File {
        folder: plain(&folders),
    }
}

fn log_of(folders: &[&str], name: &str) -> Option<(usize, &'static str)> {
    folders.iter().enumerate().find_map(|(at, part)| {
        let (log, format) = LOGS.iter().find(|(log, _)| log == part)?;
        (*log != "metadata" || name.ends_with(".metadata.json")).then_some((at, *format))
    })
}

fn plain(folders: &[&str]) -> String {
    let plain: Vec<&str> = folders
        .iter()
        .copied()
        .filter(|part| hive::split(part).is_none())
        .collect();
    plain.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_tables_and_hive_parts_are_not() {
        let file = |folder: &str| Place::File {
            folder: folder.to_owned(),
        };
        assert_eq!(place("a.parquet"), file(""));
        assert_eq!(place("Sales/eu/a.PARQUET"), file("Sales/eu"));
        assert_eq!(place("sales/year=2001/m=1/a.parquet"), file("sales"));
        for key in [
            "tables/t/a.parquet",
            "manifests/t/a.json",
            "sales/_temporary/a.parquet",
            "sales/.a.parquet",
            "sales/a.csv",
            "parquet",
        ] {
            assert_eq!(place(key), Place::Other, "{key}");
        }
    }

    #[test]
    fn logs_of_table_formats_are_seen() {
        for (key, format) in [
            ("sales/_delta_log/000.json", "Delta"),
            ("sales/metadata/v1.metadata.json", "Iceberg"),
        ] {
            let folder = "sales".to_owned();
            assert_eq!(place(key), Place::Log { folder, format }, "{key}");
        }
        assert_eq!(place("metadata/a.parquet"), place("metadata/b.parquet"));
    }
}
