//! What is to be published: of each table the files that were listed, read where they are new.
//!
//! Invariant: a table of which no file is new, changed or gone is not published again, unless a
//! scan tells something new.
//!
//! Entry point: [`plan`].

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use catalog::{Catalog, DataFile, TableManifest};

use super::footers::{self, Listed};
use super::hive;
use super::scan::{Scan, is_scanned};
use super::survey::Found;
use super::table;
use crate::print;
use crate::progress::Progress;
use crate::publish::{GoldTable, ReadError, read_manifest};
use crate::target::Target;

/// What there is to publish and to say.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Tables that are new or changed.
    pub tables: Vec<GoldTable>,
    /// A line for each of them.
    pub report: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What was left out, and why.
    pub refusals: Vec<String>,
    /// Files of all adopted tables, changed or not.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Reads what is new and decides.
pub(super) async fn plan(
    target: &Target,
    catalog: Option<&Catalog>,
    mut found: BTreeMap<String, Found>,
    scan: Option<&Scan>,
    requests: &AtomicU64,
    progress: &Progress,
) -> Result<Plan, ReadError> {
    let mut plan = Plan::default();
    let mut published = BTreeMap::new();
    for entry in catalog.iter().flat_map(|catalog| &catalog.tables) {
        let manifest = read_manifest(target, entry).await?;
        if table::is_adopted(&manifest) {
            found.entry(entry.name.clone()).or_default();
        }
        published.insert(entry.name.clone(), (entry.clone(), manifest));
    }
    for (name, found) in found {
        progress.say(format!("reading footers of {name}"));
        let before = published.get(&name);
        let is_made = before.is_some_and(|(_, manifest)| !table::is_adopted(manifest));
        let taken = "the catalog has a table of this name that was not adopted: rename the folder, or name the table of the \
                     root's files by --table";
        let refusal = found.refusal().or_else(|| is_made.then(|| taken.to_owned()));
        if let Some(refusal) = refusal {
            plan.refusals.push(format!("table {name} is left out: {refusal}"));
            continue;
        }
        let base = before.map(|(entry, _)| entry.clone());
        let before = before.map(|(_, manifest)| manifest);
        let mut next = table_of(target, &name, before, found.files, requests, &mut plan.refusals).await;
        if let Some(scan) = scan {
            progress.say(format!("reading rows of {name}"));
            next = scanned(scan, next).await;
        }
        match next {
            Ok(Next::Same(manifest)) => plan.count(&manifest),
            Ok(Next::Changed(manifest)) => {
                plan.count(&manifest);
                let files = manifest.files.len() as u64;
                if scan.is_none() && before.is_some_and(is_scanned) {
                    plan.notes.push(format!(
                        "{name}: what its rows told of frequent values and histograms is of the version before, and is \
                         left out: read them again by --scan"
                    ));
                }
                plan.report.push(format!(
                    "{name}: {} in {}, {}",
                    print::counted(manifest.rows, "row"),
                    print::counted(files, "file"),
                    print::bytes(manifest.bytes)
                ));
                plan.tables.push(GoldTable {
                    manifest,
                    files: Vec::new(),
                    documents: BTreeMap::new(),
                    state: None,
                    base,
                });
            }
            Ok(Next::Nothing) => {}
            Err(refusal) => plan.refusals.push(format!("table {name} is left out: {refusal}")),
        }
    }
    Ok(plan)
}

/// The table with what its rows tell, where that is not there yet.
async fn scanned(scan: &Scan, next: Result<Next, String>) -> Result<Next, String> {
    let (manifest, is_changed) = match next? {
        Next::Changed(manifest) => (manifest, true),
        Next::Same(manifest) if !is_scanned(&manifest) => (manifest, false),
        other => return Ok(other),
    };
    let before = (!is_changed).then(|| manifest.clone());
    let manifest = scan
        .describe(manifest)
        .await
        .map_err(|error| format!("{error:#}"))?;
    // Of columns of which nothing can be told, there is nothing new.
    Ok(if before.as_ref() == Some(&manifest) {
        Next::Same(manifest)
    } else {
        Next::Changed(manifest)
    })
}

impl Plan {
    fn count(&mut self, manifest: &TableManifest) {
        self.files += manifest.files.len() as u64;
        self.bytes += manifest.bytes;
    }
}

/// What becomes of a table.
enum Next {
    Same(TableManifest),
    Changed(TableManifest),
    /// No file of it can be read, and there was no such table.
    Nothing,
}

async fn table_of(
    target: &Target,
    name: &str,
    before: Option<&TableManifest>,
    listed: Vec<Listed>,
    requests: &AtomicU64,
    refusals: &mut Vec<String>,
) -> Result<Next, String> {
    let known: BTreeMap<&str, &DataFile> = before
        .iter()
        .flat_map(|before| &before.files)
        .map(|file| (file.content_hash.as_str(), file))
        .collect();
    let mut files: Vec<DataFile> = Vec::new();
    let mut new = Vec::new();
    for listed in listed {
        match known.get(listed.identity().as_str()) {
            Some(file) => files.push((*file).clone()),
            None => new.push(listed),
        }
    }
    let mut read = Vec::new();
    for result in footers::read(target, new, requests).await {
        match result {
            Ok(file) => read.push(file),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let before = match (before, files.is_empty() && !read.is_empty()) {
        // Nothing is left of the version before: its columns do not bind.
        (Some(_), true) => None,
        (before, _) => before,
    };
    if before.is_none() && read.is_empty() {
        return Ok(Next::Nothing);
    }
    let mut columns = table::merge(before, &read)?;
    let is_read = !read.is_empty();
    files.extend(read.into_iter().map(|read| read.file));
    files.sort_by(|a, b| a.key.cmp(&b.key));
    let partition_by = hive::place(&mut columns, &mut files, before)?;
    let is_same =
        |before: &&TableManifest| !is_read && before.files == files && before.partition_by == partition_by;
    match before.filter(is_same) {
        Some(before) => Ok(Next::Same(before.clone())),
        None => table::manifest(name, columns, files, partition_by).map(Next::Changed),
    }
}
