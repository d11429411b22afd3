//! What a footer says is checked before it is believed: readers below trust it, and panic or answer wrongly where it lies.

use parquet::basic::Type;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use protocol::Failure;

use crate::io::corrupt;

/// Values of a fixed length are short: hashes, decimals, identifiers.
const MAX_FIXED_BYTES: i32 = 16 * 1024 * 1024;

/// Column chunks must lie within the file, and hold as many values as their row group has rows.
pub(super) fn check(name: &str, file_bytes: u64, metadata: &ParquetMetaData) -> Result<(), Failure> {
    for (index, group) in metadata.row_groups().iter().enumerate() {
        if group.num_rows() < 0 {
            return Err(corrupt(
                name,
                &format!("row group {index} has a negative number of rows"),
            ));
        }
        if group.num_rows() > i64::from(u32::MAX) {
            return Err(corrupt(
                name,
                &format!("row group {index} claims {} rows", group.num_rows()),
            ));
        }
        for column in group.columns() {
            if let Some(lie) = lie_of(column, group, file_bytes) {
                let column = column.column_path();
                return Err(corrupt(
                    name,
                    &format!("row group {index} {lie} (column {column})"),
                ));
            }
        }
    }
    Ok(())
}

fn lie_of(column: &ColumnChunkMetaData, group: &RowGroupMetaData, file_bytes: u64) -> Option<String> {
    let described = column.column_descr();
    let starts_negative =
        column.data_page_offset() < 0 || column.dictionary_page_offset().is_some_and(|offset| offset < 0);
    let fits = !starts_negative && column.compressed_size() >= 0 && {
        let (start, length) = column.byte_range();
        start.checked_add(length).is_some_and(|end| end <= file_bytes)
    };
    if !fits {
        return Some("puts a column outside the file".to_owned());
    }
    if column.file_path().is_some_and(|path| !path.is_empty()) {
        return Some("has a column in another file".to_owned());
    }
    if described.max_rep_level() == 0 && column.num_values() != group.num_rows() {
        return Some(format!(
            "has {} rows and {} values of a column",
            group.num_rows(),
            column.num_values()
        ));
    }
    let length = described.type_length();
    if described.physical_type() == Type::FIXED_LEN_BYTE_ARRAY && !(1..=MAX_FIXED_BYTES).contains(&length) {
        return Some(format!("has a column of values of {length} bytes"));
    }
    None
}

/// The footer without its page index, unless that fits the column chunks: without it they are read whole, which is right
/// whatever it says.
pub(super) fn without_wrong_index(metadata: ParquetMetaData) -> parquet::errors::Result<ParquetMetaData> {
    if is_index_right(&metadata) {
        return Ok(metadata);
    }
    let mut footer = metadata.into_builder();
    let groups = footer
        .take_row_groups()
        .into_iter()
        .map(without_places_of_index)
        .collect::<Result<_, _>>()?;
    Ok(footer
        .set_row_groups(groups)
        .set_offset_index(None)
        .set_column_index(None)
        .build())
}

/// DataFusion reads an index for itself where the footer says that there is one.
fn without_places_of_index(group: RowGroupMetaData) -> parquet::errors::Result<RowGroupMetaData> {
    let mut group = group.into_builder();
    let columns = group.take_columns().into_iter().map(|column| {
        column
            .into_builder()
            .set_offset_index_offset(None)
            .set_offset_index_length(None)
            .set_column_index_offset(None)
            .set_column_index_length(None)
            .build()
    });
    let columns = columns.collect::<Result<_, _>>()?;
    group.set_column_metadata(columns).build()
}

fn is_index_right(metadata: &ParquetMetaData) -> bool {
    let groups = metadata.row_groups();
    let Some(offsets) = metadata.offset_index() else {
        return metadata.column_index().is_none();
    };
    let are_offsets_right = offsets.len() == groups.len()
        && groups.iter().zip(offsets).all(|(group, indexes)| {
            indexes.len() == group.num_columns()
                && group
                    .columns()
                    .iter()
                    .zip(indexes)
                    .all(|(column, index)| do_pages_tile(column, group.num_rows(), index))
        });
    let are_bounds_right = metadata.column_index().is_none_or(|bounds| {
        bounds.len() == offsets.len()
            && bounds.iter().zip(offsets).all(|(bounds, offsets)| {
                bounds.len() == offsets.len()
                    && bounds.iter().zip(offsets).all(|(bounds, pages)| {
                        matches!(bounds, ColumnIndexMetaData::NONE)
                            || bounds.num_pages() == pages.page_locations().len() as u64
                    })
            })
    });
    are_offsets_right && are_bounds_right
}

/// Whether pages follow each other without a gap to the end of their chunk, and begin at ascending rows from the first on.
fn do_pages_tile(column: &ColumnChunkMetaData, rows: i64, index: &OffsetIndexMetaData) -> bool {
    let pages = index.page_locations();
    let (start, length) = column.byte_range();
    let (Ok(start), Ok(end)) = (i64::try_from(start), i64::try_from(start.saturating_add(length))) else {
        return false;
    };
    let Some(first) = pages.first() else {
        return rows == 0;
    };
    let mut at = first.offset;
    let mut row = -1;
    for page in pages {
        let is_next = page.offset == at && page.first_row_index > row && page.compressed_page_size > 0;
        if !is_next {
            return false;
        }
        at += i64::from(page.compressed_page_size);
        row = page.first_row_index;
    }
    first.offset >= start && first.first_row_index == 0 && row < rows && at == end
}
