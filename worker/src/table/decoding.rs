//! How the columns of a file are decoded: Arrow's types for Parquet's.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datafusion::datasource::file_format::parquet::transform_schema_to_view;
use datafusion::datasource::physical_plan::parquet::Int96Coercer;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use protocol::Failure;

use crate::io::corrupt;

/// Worked out once for each file.
#[derive(Debug)]
pub(crate) struct Decoding {
    /// The columns as they are given out: strings as views, INT96 in microseconds.
    pub(crate) schema: SchemaRef,
    /// Decodes to `schema`.
    pub(crate) plain: ArrowReaderMetadata,
    /// Decodes strings of the root to dictionaries; none where there are no such strings.
    pub(crate) dictionaries: Option<ArrowReaderMetadata>,
}

impl Decoding {
    pub(super) fn new(name: &str, footer: &Arc<ParquetMetaData>) -> Result<Self, Failure> {
        let unreadable = |error: ParquetError| corrupt(name, &error.to_string());
        let schema = Arc::new(schema(footer).map_err(unreadable)?);
        let with = |schema: &SchemaRef| {
            let options = ArrowReaderOptions::new().with_schema(Arc::clone(schema));
            ArrowReaderMetadata::try_new(Arc::clone(footer), options)
        };
        let with_dictionaries = Arc::new(with_dictionaries(&schema));
        let dictionaries = (with_dictionaries != schema).then(|| with(&with_dictionaries).ok());
        Ok(Self {
            plain: with(&schema).map_err(unreadable)?,
            dictionaries: dictionaries.flatten(),
            schema,
        })
    }
}

/// Whether all data pages of a column chunk are encoded by its dictionary, as far as the writer tells.
pub(crate) fn is_all_dictionary(column: &ColumnChunkMetaData) -> bool {
    column.dictionary_page_offset().is_some()
        && column.page_encoding_stats_mask().is_some_and(|mask| {
            mask.is_only(Encoding::PLAIN_DICTIONARY) || mask.is_only(Encoding::RLE_DICTIONARY)
        })
}

fn schema(footer: &ParquetMetaData) -> Result<Schema, ParquetError> {
    let file = footer.file_metadata();
    let schema = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
    // Nanoseconds reach from 1677 to 2262 only, and beyond they would wrap around.
    let schema = Int96Coercer::new(file.schema_descr(), &schema, &TimeUnit::Microsecond)
        .coerce()
        .unwrap_or(schema);
    // Metadata of the writer differs between files of one table and means nothing here.
    Ok(transform_schema_to_view(&schema).with_metadata(HashMap::new()))
}

fn with_dictionaries(schema: &Schema) -> Schema {
    let fields: Vec<FieldRef> = schema
        .fields()
        .iter()
        .map(|field| {
            let values = match field.data_type() {
                DataType::Utf8View => DataType::Utf8,
                DataType::BinaryView => DataType::Binary,
                _ => return Arc::clone(field),
            };
            let keyed = DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
            Arc::new(Field::clone(field).with_data_type(keyed))
        })
        .collect();
    Schema::new(fields)
}
