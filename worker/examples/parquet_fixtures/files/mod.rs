//! The files, by name. Entry points: [`all`], [`small`].

mod columns;
mod legacy;
mod logical;
mod nested;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{
    BloomFilterPosition, EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::schema::types::ColumnPath;

/// A file's name and its bytes.
pub type Named = (String, Vec<u8>);

const VERSIONS: [(&str, WriterVersion); 2] = [
    ("v1", WriterVersion::PARQUET_1_0),
    ("v2", WriterVersion::PARQUET_2_0),
];

/// Every codec; `lz4` is the deprecated one with Hadoop's frames.
pub fn codecs() -> [(&'static str, Compression); 7] {
    [
        ("none", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("brotli", Compression::BROTLI(BrotliLevel::default())),
        ("zstd", Compression::ZSTD(ZstdLevel::default())),
        ("lz4", Compression::LZ4),
        ("lz4_raw", Compression::LZ4_RAW),
    ]
}

/// All files.
pub fn all() -> Vec<Named> {
    let plain = columns::plain();
    let mut files = encodings(&plain);
    files.extend(compressed(&plain));
    files.extend(layouts(&plain));
    files.extend(nested_files());
    files.extend(logical::files());
    files.extend(legacy::files());
    files
}

/// Small files that between them have every codec, page version, encoding and index, to be damaged.
pub fn small() -> Vec<Named> {
    let plain = first_rows(&columns::plain(), 40);
    let nested = first_rows(&columns::with_id(nested::columns()), 30);
    let mut files: Vec<Named> = codecs()
        .into_iter()
        .zip(VERSIONS.into_iter().cycle())
        .map(|((name, codec), (_, version))| {
            let properties = small_pages(version).set_compression(codec);
            (format!("small_{name}"), write(&plain, properties))
        })
        .collect();
    let indexed = small_pages(WriterVersion::PARQUET_1_0).set_bloom_filter_enabled(true);
    files.push((
        "small_plain".to_owned(),
        write(&plain, indexed.set_dictionary_enabled(false)),
    ));
    files.extend(
        encodings(&plain)
            .into_iter()
            .filter(|(name, _)| name.contains("delta")),
    );
    files.push((
        "small_nested".to_owned(),
        write(&nested, small_pages(WriterVersion::PARQUET_2_0)),
    ));
    files
}

fn first_rows(columns: &[(String, ArrayRef)], rows: usize) -> Vec<(String, ArrayRef)> {
    columns
        .iter()
        .map(|(name, array)| (name.clone(), array.slice(0, rows)))
        .collect()
}

fn small_pages(version: WriterVersion) -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_writer_version(version)
        .set_data_page_row_count_limit(9)
        .set_write_batch_size(3)
        .set_max_row_group_row_count(Some(25))
}

/// A file of these columns.
fn write(columns: &[(String, ArrayRef)], properties: WriterPropertiesBuilder) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .iter()
            .map(|(name, array)| (name.as_str(), Arc::clone(array), name != "id")),
    )
    .expect("columns are of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build()))
        .expect("schema is supported");
    writer.write(&batch).expect("writes");
    writer.into_inner().expect("closes")
}

/// Each column in every encoding that parquet-rs writes for its type, in pages of both versions.
fn encodings(columns: &[(String, ArrayRef)]) -> Vec<Named> {
    let mut files = Vec::new();
    for (suffix, version) in VERSIONS {
        let pages = || {
            WriterProperties::builder()
                .set_writer_version(version)
                .set_data_page_row_count_limit(37)
                .set_write_batch_size(16)
        };
        files.push((format!("dictionary_{suffix}"), write(columns, pages())));
        for encoding in [
            Encoding::PLAIN,
            Encoding::RLE,
            Encoding::DELTA_BINARY_PACKED,
            Encoding::DELTA_LENGTH_BYTE_ARRAY,
            Encoding::DELTA_BYTE_ARRAY,
            Encoding::BYTE_STREAM_SPLIT,
        ] {
            let fitting: Vec<_> = columns
                .iter()
                .filter(|(name, array)| name == "id" || is_written_in(array.data_type(), encoding))
                .cloned()
                .collect();
            let properties = fitting.iter().filter(|(name, _)| name != "id").fold(
                pages().set_dictionary_enabled(false),
                |properties, (name, _)| {
                    properties.set_column_encoding(ColumnPath::from(name.as_str()), encoding)
                },
            );
            let name = format!("{encoding}_{suffix}").to_lowercase();
            files.push((name, write(&fitting, properties)));
        }
    }
    files
}

fn is_written_in(data_type: &DataType, encoding: Encoding) -> bool {
    let is_small_decimal = |data_type: &DataType| {
        matches!(data_type, DataType::Decimal32(..) | DataType::Decimal64(..))
            || matches!(data_type, DataType::Decimal128(precision, _) if *precision <= 18)
    };
    let is_integer = data_type.is_integer() || data_type.is_temporal() || is_small_decimal(data_type);
    let is_fixed = matches!(data_type, DataType::FixedSizeBinary(_) | DataType::Decimal256(..))
        || (data_type.is_decimal() && !is_small_decimal(data_type));
    let is_bytes = data_type.is_string()
        || (data_type.is_binary() && !matches!(data_type, DataType::FixedSizeBinary(_)));
    match encoding {
        Encoding::PLAIN => true,
        Encoding::RLE => *data_type == DataType::Boolean,
        Encoding::DELTA_BINARY_PACKED => is_integer,
        Encoding::DELTA_LENGTH_BYTE_ARRAY => is_bytes,
        Encoding::DELTA_BYTE_ARRAY => is_bytes || is_fixed,
        Encoding::BYTE_STREAM_SPLIT => is_integer || is_fixed || data_type.is_floating(),
        _ => false,
    }
}

fn compressed(columns: &[(String, ArrayRef)]) -> Vec<Named> {
    let mut files = Vec::new();
    for (name, codec) in codecs() {
        for (suffix, version) in VERSIONS {
            let properties = WriterProperties::builder()
                .set_writer_version(version)
                .set_compression(codec)
                .set_max_row_group_row_count(Some(70));
            files.push((format!("{name}_{suffix}"), write(columns, properties)));
        }
    }
    files
}

/// Statistics, indexes, filters, and how rows are cut into groups and pages.
fn layouts(columns: &[(String, ArrayRef)]) -> Vec<Named> {
    let groups = || WriterProperties::builder().set_max_row_group_row_count(Some(40));
    let mut files = vec![
        (
            "statistics_none",
            write(columns, groups().set_statistics_enabled(EnabledStatistics::None)),
        ),
        (
            "statistics_chunk",
            write(columns, groups().set_statistics_enabled(EnabledStatistics::Chunk)),
        ),
        (
            "statistics_page",
            write(
                columns,
                groups().set_data_page_row_count_limit(8).set_write_batch_size(4),
            ),
        ),
        (
            "statistics_short",
            write(
                columns,
                groups()
                    .set_statistics_truncate_length(Some(1))
                    .set_column_index_truncate_length(Some(1)),
            ),
        ),
        (
            "no_offset_index",
            write(columns, groups().set_offset_index_disabled(true)),
        ),
        (
            "one_row_a_page",
            write(
                columns,
                groups().set_data_page_row_count_limit(1).set_write_batch_size(1),
            ),
        ),
        (
            "dictionary_overflow",
            write(
                columns,
                groups()
                    .set_dictionary_page_size_limit(64)
                    .set_write_batch_size(8),
            ),
        ),
        (
            "one_row_a_group",
            write(
                &first_rows(columns, 12),
                WriterProperties::builder().set_max_row_group_row_count(Some(1)),
            ),
        ),
        ("no_row_groups", write(&first_rows(columns, 0), groups())),
    ];
    for (name, position) in [
        ("bloom_filters_at_end", BloomFilterPosition::End),
        ("bloom_filters_in_groups", BloomFilterPosition::AfterRowGroup),
    ] {
        let properties = groups()
            .set_bloom_filter_enabled(true)
            .set_bloom_filter_position(position);
        files.push((name, write(columns, properties)));
    }
    files
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}

fn nested_files() -> Vec<Named> {
    let columns = columns::with_id(nested::columns());
    let mut files: Vec<Named> = VERSIONS
        .into_iter()
        .map(|(suffix, version)| {
            let properties = WriterProperties::builder().set_writer_version(version);
            (format!("nested_{suffix}"), write(&columns, properties))
        })
        .collect();
    files.push((
        "nested_small_pages".to_owned(),
        write(&columns, small_pages(WriterVersion::PARQUET_1_0)),
    ));
    files
}
