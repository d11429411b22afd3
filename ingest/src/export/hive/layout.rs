//! Lists of data files, a folder for each partition.
//!
//! Invariant: a list is replaced whole. Those of partitions that are gone go last, so that at no time a file is listed
//! twice; a table of several partitions changes one after the other.
//!
//! Entry point: [`write`].

use std::collections::BTreeMap;

use anyhow::Context;
use bytes::Bytes;
use catalog::TableManifest;
use futures::{StreamExt, TryStreamExt};

use super::super::{hold, uri};
use super::partition::HivePartition;
use super::{FORMAT, LIST};
use crate::target::Target;

/// Lists that are written at once.
const AT_ONCE: usize = 16;

/// The folder of a table's lists, below the gold root.
pub(super) fn folder(table: &str) -> String {
    format!("{}/{FORMAT}/{table}", hold::FOLDER)
}

/// Writes the lists of a table.
pub(super) async fn write(
    target: &Target,
    manifest: &TableManifest,
    partitions: &[HivePartition],
) -> anyhow::Result<()> {
    let folder = folder(&manifest.table);
    let mut lists = BTreeMap::new();
    if manifest.partition_by.is_empty() {
        lists.insert(
            format!("{folder}/{LIST}"),
            manifest.files.iter().map(|file| &file.key).collect(),
        );
    }
    for partition in partitions {
        let keys: Vec<&String> = partition.files.iter().collect();
        lists.insert(format!("{folder}/{}/{LIST}", partition.path), keys);
    }
    let mut documents = Vec::new();
    for (key, files) in &lists {
        let mut list = String::new();
        for file in files {
            list.push_str(&uri(target, file)?);
            list.push('\n');
        }
        documents.push((key, Bytes::from(list)));
    }
    futures::stream::iter(documents)
        .map(|(key, list)| target.overwrite(key, list))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    let current: Vec<_> = lists
        .keys()
        .map(|key| target.path(key))
        .collect::<Result<_, _>>()?;
    let superseded = target
        .list(&folder)
        .await?
        .into_iter()
        .map(|object| object.location)
        .filter(|path| path.filename() == Some(LIST) && !current.contains(path))
        .collect();
    target
        .remove(superseded)
        .await
        .context("the lists of partitions that are gone are still there: export again")
}
