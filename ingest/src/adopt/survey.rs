//! What lies below the root: tables to be, by the folders that files are in.
//!
//! Entry point: [`survey`].

use std::collections::{BTreeMap, BTreeSet};

use super::footers::Listed;
use super::layout::{Place, place};
use crate::names;
use crate::target::{Location, Target, TargetError};

/// Files of one table to be.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files.
    pub files: Vec<Listed>,
    folders: BTreeSet<String>,
    format: Option<&'static str>,
}

impl Found {
    /// Why these files are no table, if they are none.
    pub fn refusal(&self) -> Option<String> {
        let folders: Vec<String> = self.folders.iter().map(|folder| format!("{folder}/")).collect();
        if let Some(format) = self.format {
            return Some(format!(
                "{} is a table of {format}, whose log says which of its files count: write its rows to plain Parquet first, \
                 as in DuckDB's COPY (SELECT * FROM ...) TO 'folder' (FORMAT parquet)",
                folders.join(", ")
            ));
        }
        (folders.len() > 1).then(|| {
            format!(
                "the folders {} would all be this table: rename all but one",
                folders.join(" and ")
            )
        })
    }
}

/// Lists the root. `root_table` is the name of the table of files that lie in no folder.
pub(super) async fn survey(
    target: &Target,
    root_table: &str,
) -> Result<BTreeMap<String, Found>, TargetError> {
    let prefix = match &target.location {
        Location::S3 { prefix, .. } if !prefix.is_empty() => format!("{prefix}/"),
        _ => String::new(),
    };
    let mut tables: BTreeMap<String, Found> = BTreeMap::new();
    let mut logs = Vec::new();
    for meta in target.list("").await? {
        let Some(key) = meta.location.as_ref().strip_prefix(&prefix).map(str::to_owned) else {
            continue;
        };
        match place(&key) {
            Place::Other => {}
            Place::Log { folder, format } => logs.push((folder, format)),
            Place::File { folder } => {
                let name = if folder.is_empty() {
                    root_table.to_owned()
                } else {
                    names::table(&folder)
                };
                let found = tables.entry(name).or_default();
                found.files.push(Listed { key, meta });
                found.folders.insert(folder);
            }
        }
    }
    for (at, format) in logs {
        let below = format!("{at}/");
        let is_in = |folder: &String| at.is_empty() || *folder == at || folder.starts_with(&below);
        for found in tables
            .values_mut()
            .filter(|found| found.folders.iter().any(is_in))
        {
            found.format = Some(format);
        }
    }
    for found in tables.values_mut() {
        found.files.sort_by(|a, b| a.key.cmp(&b.key));
    }
    Ok(tables)
}
