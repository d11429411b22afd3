//! Layouts that are compared: the one that gold is written with, and those that differ from it in one thing.

use duckdb::arrow::datatypes::{DataType, Schema};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

/// A layout.
pub struct Variant {
    /// What it is in words.
    pub name: String,
    /// The same for the writer.
    pub properties: WriterProperties,
}

#[derive(Clone)]
struct Layout {
    row_group_rows: usize,
    page_rows: usize,
    compression: Compression,
    delta: Vec<String>,
    dictionary: bool,
}

/// All layouts, the present one first.
pub fn variants(schema: &Schema) -> Vec<Variant> {
    let of_type = |is_wanted: fn(&DataType) -> bool| -> Vec<String> {
        let fields = schema
            .fields()
            .iter()
            .filter(|field| is_wanted(field.data_type()));
        fields.map(|field| field.name().clone()).collect()
    };
    let times = of_type(|kind| matches!(kind, DataType::Timestamp(..)));
    let wholes = of_type(|kind| matches!(kind, DataType::Timestamp(..) | DataType::Int64));
    let base = Layout {
        row_group_rows: 122_880,
        page_rows: 20_000,
        compression: zstd(3),
        delta: Vec::new(),
        dictionary: true,
    };
    let mut variants = vec![(
        "as before: row group 122880, pages 20000, zstd 3, no delta".to_owned(),
        base.clone(),
    )];
    let mut vary = |name: String, change: &dyn Fn(&mut Layout)| {
        let mut layout = base.clone();
        change(&mut layout);
        variants.push((name, layout));
    };
    for rows in [32_768, 65_536, 262_144, 524_288] {
        vary(format!("row group {rows}"), &|layout| {
            layout.row_group_rows = rows;
        });
    }
    for rows in [5_000, 10_000, 40_000] {
        vary(format!("pages {rows}"), &|layout| layout.page_rows = rows);
    }
    for level in [1, 6, 9] {
        vary(format!("zstd {level}"), &|layout| {
            layout.compression = zstd(level);
        });
    }
    for codec in [Compression::LZ4_RAW, Compression::SNAPPY] {
        vary(format!("{codec}"), &|layout| layout.compression = codec);
    }
    vary("delta for timestamps".to_owned(), &|layout| {
        layout.delta.clone_from(&times);
    });
    vary("delta for timestamps and 64-bit integers".to_owned(), &|layout| {
        layout.delta.clone_from(&wholes);
    });
    vary("the same with zstd 1".to_owned(), &|layout| {
        layout.delta.clone_from(&wholes);
        layout.compression = zstd(1);
    });
    vary("no dictionaries".to_owned(), &|layout| layout.dictionary = false);
    variants
        .into_iter()
        .map(|(name, layout)| Variant {
            name,
            properties: layout.properties().build(),
        })
        .collect()
}

fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

impl Layout {
    fn properties(&self) -> WriterPropertiesBuilder {
        let mut builder = WriterProperties::builder()
            .set_compression(self.compression)
            .set_max_row_group_row_count(Some(self.row_group_rows))
            .set_data_page_row_count_limit(self.page_rows)
            .set_write_batch_size(1_000)
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_dictionary_enabled(self.dictionary);
        for column in &self.delta {
            let path = ColumnPath::new(vec![column.clone()]);
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
        builder
    }
}
