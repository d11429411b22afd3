//! Tables of files that are in no catalog: their footers say what a manifest would.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::{Column, DataFile, FORMAT_VERSION, FileColumnStatistics, Footer, Lineage, TableManifest};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use futures::future::try_join_all;
use protocol::{Failure, FailureKind};

use super::file::Source;
use super::file::TableFile;
use super::footer::read_footer;
use super::footers::ReadFooter;
use super::provider::GoldTable;
use super::statistics::{bounds_from_footer, for_catalog, for_pruning, planned_from_footer};
use super::types::column_type;
use crate::io::{Object, Origin, corrupt};

/// Reads the footers of these files and makes one table of them.
pub async fn open_files(name: &str, origins: Vec<Origin>, source: &Source) -> Result<GoldTable, Failure> {
    let objects = try_join_all(origins.iter().map(|origin| source.io.discover(origin))).await?;
    open_objects(name, objects.into_iter().map(Arc::new).collect(), source).await
}

/// The same of files whose size and version are known.
pub(super) async fn open_objects(
    name: &str,
    objects: Vec<Arc<Object>>,
    source: &Source,
) -> Result<GoldTable, Failure> {
    let footers = try_join_all(objects.iter().map(|object| open_file(object, source))).await?;
    let mut schema: Option<Schema> = None;
    let mut schemas = Vec::new();
    for (object, footer) in &footers {
        let next = footer.decoding.schema.as_ref().clone();
        schemas.push(next.clone());
        schema = Some(match schema {
            None => next,
            Some(known) => Schema::try_merge([known, next]).map_err(|error| {
                Failure::new(
                    FailureKind::InvalidQuery,
                    format!(
                        "{} does not fit the other files: {error}.",
                        object.origin.display_name()
                    ),
                )
                .with_hint(
                    "Files of one table need the same type for a column of the same name. Open them apart.",
                )
            })?,
        });
    }
    let schema = schema.ok_or_else(|| {
        Failure::new(FailureKind::NotFound, "No file was given.")
            .with_hint("Choose at least one Parquet file.")
    })?;
    let schema = Arc::new(nullable_where_missing(&schema, &schemas));
    let files = footers
        .into_iter()
        .map(|(object, footer)| table_file(object, &footer, &schema).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(GoldTable {
        manifest: manifest(name, &schema, &files),
        schema,
        files,
        source: source.clone(),
    })
}

/// A column that some file lacks is NULL in its rows.
fn nullable_where_missing(merged: &Schema, schemas: &[Schema]) -> Schema {
    let fields: Vec<_> = merged
        .fields()
        .iter()
        .map(|field| {
            let is_everywhere = schemas.iter().all(|schema| schema.index_of(field.name()).is_ok());
            let nullable = field.is_nullable() || !is_everywhere;
            Arc::new(field.as_ref().clone().with_nullable(nullable))
        })
        .collect();
    Schema::new(fields)
}

/// The schema of a lake's file, where its manifest cannot express it.
pub(super) async fn arrow_schema(
    object: &Arc<Object>,
    footer_start: u64,
    source: &Source,
) -> Result<SchemaRef, Failure> {
    let footer = read_footer(&source.io, object, Some(footer_start), &Arc::default()).await?;
    source.footers.insert(object, footer.clone());
    Ok(Arc::clone(&footer.decoding.schema))
}

async fn open_file(object: &Arc<Object>, source: &Source) -> Result<(Arc<Object>, ReadFooter), Failure> {
    let footer = read_footer(&source.io, object, None, &Arc::default()).await?;
    source.footers.insert(object, footer.clone());
    Ok((Arc::clone(object), footer))
}

fn table_file(object: Arc<Object>, footer: &ReadFooter, schema: &SchemaRef) -> Result<TableFile, Failure> {
    let bounds = DFParquetMetadata::statistics_from_parquet_metadata(&footer.metadata, schema)
        .map_err(|error| corrupt(object.origin.display_name(), &error.to_string()))?;
    let bounds = bounds_from_footer(&bounds, schema, &footer.metadata);
    let row_groups = footer.metadata.num_row_groups() as u64;
    let planned = planned_from_footer(&bounds, schema, &footer.metadata);
    let (planned, bounds) = (Arc::new(planned), Arc::new(for_pruning(bounds, schema)));
    Ok(TableFile::new(object, row_groups, None, planned, bounds))
}

fn manifest(name: &str, schema: &Schema, files: &[Arc<TableFile>]) -> TableManifest {
    let columns = schema.fields().iter().enumerate().map(|(index, field)| {
        let column_type = column_type(field.data_type());
        let of_files = files
            .iter()
            .filter_map(|file| file.statistics.column_statistics.get(index));
        Column {
            field_id: u32::try_from(index + 1).unwrap_or(u32::MAX),
            name: field.name().clone(),
            original_name: None,
            role: column_type.default_role(),
            column_type,
            nullable: field.is_nullable(),
            description: None,
            statistics: for_catalog(of_files),
        }
    });
    let data_files = files.iter().map(|file| DataFile {
        key: file.object.origin.display_name().to_owned(),
        bytes: file.object.bytes,
        rows: file
            .statistics
            .num_rows
            .get_value()
            .map_or(0, |rows| *rows as u64),
        row_groups: u32::try_from(file.row_groups).unwrap_or(u32::MAX),
        etag: file.object.etag.clone(),
        content_hash: String::new(),
        footer: Footer {
            offset: file.object.bytes,
            bytes: 0,
            index_offset: file.object.bytes,
        },
        partition: BTreeMap::new(),
        columns: BTreeMap::<String, FileColumnStatistics>::new(),
    });
    let files: Vec<DataFile> = data_files.collect();
    TableManifest {
        format_version: FORMAT_VERSION,
        table: name.to_owned(),
        description: None,
        owner: None,
        tags: Vec::new(),
        columns: columns.collect(),
        rows: files.iter().map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        partition_by: Vec::new(),
        sort_keys: Vec::new(),
        checks: Vec::new(),
        lineage: Lineage::default(),
    }
}
