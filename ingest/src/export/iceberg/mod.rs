//! Tables of Iceberg over the data files where they lie.
//!
//! What is written is below `exports/iceberg/<table>/metadata/`: a manifest, the list that names it, and last
//! `v<n>.metadata.json`, which names the list, and `version-hint.text`, which names the version.
//!
//! Invariant: no file is changed once it is there, and the version before the last one stays, with its data files, for those
//! who are reading it. The exception is the hint, which is replaced last.
//!
//! Entry point: [`write`].

mod avro;
mod ids;
mod manifest;
mod metadata;
mod schema;
mod value;

use anyhow::bail;
use bytes::Bytes;
use catalog::TableManifest;
use serde_json::Value;

use super::hold::{self, Hold};
use super::uri;
use crate::target::{Conflict, Target};
use schema::Schema;

const FORMAT: &str = "iceberg";
/// Versions that stay, with the last.
const KEEP: usize = 2;

/// Writes the metadata of each table. Returns the addresses of the documents, a line for each.
pub(super) async fn write(target: &Target, tables: &[(String, TableManifest)]) -> anyhow::Result<String> {
    // All is checked before any of it is written.
    let mut described = Vec::new();
    for (key, manifest) in tables {
        let table = &manifest.table;
        let schema = Schema::of(manifest).map_err(|refusals| {
            anyhow::anyhow!("table {table} cannot be read as it is:\n{}", refusals.join("\n"))
        })?;
        let folder = format!("{}/{FORMAT}/{table}", hold::FOLDER);
        let last = last_version(target, &folder).await?;
        let is_current = match last {
            Some(last) => snapshot_of(target, &folder, last).await? == Some(metadata::snapshot_id(key)),
            None => false,
        };
        if !is_current {
            ids::check(target, manifest, &schema).await?;
        }
        described.push((
            key,
            manifest,
            schema,
            folder,
            last.unwrap_or_default(),
            is_current,
        ));
    }
    let mut addresses = String::new();
    for (key, manifest, schema, folder, last, is_current) in described {
        let hold = Hold::take(target, FORMAT, &manifest.table, key).await?;
        // What is held at the end is told by the versions: another export's must not have come since they were looked at.
        if last_version(target, &folder).await?.unwrap_or_default() != last {
            bail!("{}", overtaken(&manifest.table, last + 1));
        }
        let mut version = last;
        if !is_current {
            version += 1;
            let snapshot = metadata::snapshot_id(key);
            write_version(target, manifest, &schema, &folder, snapshot, version).await?;
        }
        let hint = Bytes::from(version.to_string());
        target
            .overwrite(&format!("{folder}/metadata/version-hint.text"), hint)
            .await?;
        remove_before(target, &folder, version).await?;
        let before = snapshot_of(target, &folder, version.saturating_sub(1)).await?;
        hold.finish(|held| held == key || before == Some(metadata::snapshot_id(held)))
            .await?;
        addresses.push_str(&uri(target, &document(&folder, version))?);
        addresses.push('\n');
    }
    Ok(addresses)
}

async fn write_version(
    target: &Target,
    manifest: &TableManifest,
    schema: &Schema,
    folder: &str,
    snapshot: i64,
    version: u64,
) -> anyhow::Result<()> {
    let files_key = format!("{folder}/metadata/v{version}-{snapshot}-files.avro");
    let list_key = format!("{folder}/metadata/v{version}-{snapshot}-list.avro");
    let files = manifest::files(manifest, schema, snapshot, |file| uri(target, &file.key))?;
    let list = manifest::list(manifest, snapshot, &uri(target, &files_key)?, files.len());
    target.overwrite(&files_key, files.into()).await?;
    target.overwrite(&list_key, list.into()).await?;
    let document_json = metadata::document(
        manifest,
        schema,
        &uri(target, folder)?,
        &uri(target, &list_key)?,
        snapshot,
        jiff::Timestamp::now().as_millisecond(),
    );
    let content = Bytes::from(format!("{document_json:#}\n"));
    match target.replace(&document(folder, version), content, None).await {
        Ok(()) => Ok(()),
        Err(Conflict::Lost) => bail!("{}", overtaken(&manifest.table, version)),
        Err(Conflict::Failed(error)) => Err(error.into()),
    }
}

fn overtaken(table: &str, version: u64) -> String {
    format!("another export wrote version {version} of table {table} at the same time: export again")
}

fn document(folder: &str, version: u64) -> String {
    format!("{folder}/metadata/v{version}.metadata.json")
}

async fn last_version(target: &Target, folder: &str) -> anyhow::Result<Option<u64>> {
    let objects = target.list(&format!("{folder}/metadata")).await?;
    let versions = objects.iter().filter_map(|object| {
        let name = object.location.filename()?.strip_suffix(".metadata.json")?;
        name.strip_prefix('v')?.parse().ok()
    });
    Ok(versions.max())
}

/// The snapshot that a version is of; none where the document is not there or is no such document.
async fn snapshot_of(target: &Target, folder: &str, version: u64) -> anyhow::Result<Option<i64>> {
    let Some((bytes, _)) = target.read(&document(folder, version)).await? else {
        return Ok(None);
    };
    let read: Option<Value> = serde_json::from_slice(&bytes).ok();
    Ok(read.and_then(|document| document["current-snapshot-id"].as_i64()))
}

/// Removes what versions are made of that no reader is at any more.
async fn remove_before(target: &Target, folder: &str, version: u64) -> anyhow::Result<()> {
    let objects = target.list(&format!("{folder}/metadata")).await?;
    let superseded = objects.into_iter().map(|object| object.location).filter(|path| {
        let name = path
            .filename()
            .and_then(|name| name.strip_prefix('v'))
            .unwrap_or_default();
        let number = name.split(['.', '-']).next().unwrap_or_default();
        number
            .parse::<u64>()
            .is_ok_and(|number| number + KEEP as u64 <= version)
    });
    Ok(target.remove(superseded.collect()).await?)
}
