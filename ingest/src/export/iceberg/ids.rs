//! Whether the field ids in data files, where they have any, are those of the schema.
//!
//! A reader goes by the ids of a file that has some, and by names in a file that has none. In a file with an id for each
//! column and none for what is nested in it, it would find NULL there; with the ids of another table, other columns.
//!
//! Entry point: [`check`].

use anyhow::bail;
use bytes::Bytes;
use catalog::{DataFile, TableManifest};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use parquet::schema::types::Type;

use super::schema::Schema;
use crate::footer;
use crate::target::Target;

/// Footers that are read at once.
const AT_ONCE: usize = 32;

/// Reads the footers of all files. The error names the first column that readers would take for another.
pub(super) async fn check(target: &Target, manifest: &TableManifest, schema: &Schema) -> anyhow::Result<()> {
    futures::stream::iter(&manifest.files)
        .map(|file| check_file(target, file, schema))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn check_file(target: &Target, file: &DataFile, schema: &Schema) -> anyhow::Result<()> {
    let path = &target.path(&file.key)?;
    let read = footer::read(file.bytes, |range| async move {
        let bytes: Bytes = target
            .store
            .get_range(path, range)
            .await
            .map_err(|error| format!("cannot be read: {error}"))?;
        Ok((bytes, ()))
    });
    let read = read
        .await
        .map_err(|reason| anyhow::anyhow!("{}: {reason}", file.key))?;
    let root = read.metadata.file_metadata().schema();
    if !root.get_fields().iter().any(|field| has_id(field)) {
        return Ok(());
    }
    for found in root.get_fields() {
        let Some(field) = schema.fields.iter().find(|field| field.name == found.name()) else {
            continue;
        };
        if field.single().is_none() {
            bail!(
                "column `{}` is nested, and {} has field ids for columns and not for what is in them, so that Iceberg's readers \
                 would find NULL there: CAST it to JSON in the model, or leave it out",
                field.name,
                file.key
            );
        }
        let info = found.get_basic_info();
        if !info.has_id() || u32::try_from(info.id()) != Ok(field.id) {
            bail!(
                "column `{}` has another field id in {} than in the catalog, so that Iceberg's readers would take it for another \
                 column: its files have to be written again, by a model of an ingest project that reads them",
                field.name,
                file.key
            );
        }
    }
    Ok(())
}

fn has_id(field: &Type) -> bool {
    field.get_basic_info().has_id()
        || (field.is_group() && field.get_fields().iter().any(|field| has_id(field)))
}
