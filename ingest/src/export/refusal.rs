//! Why a column cannot be exported exactly: which, why, and what to do.
//!
//! Entry points: [`said`], [`no_type`], [`scattered`], [`infinite`].

use std::fmt::Display;

use catalog::{Column, DataFile, Scalar, TableManifest};

/// A line of an error.
pub(super) fn said(column: &str, said: impl Display, remedy: impl Display) -> String {
    format!("column `{column}` {said}: {remedy}")
}

/// That a format has no type for a column.
pub(super) fn no_type(column: &Column, format: &str, remedy: &str) -> String {
    said(
        &column.name,
        format!("is {}, which {format} has no type for", column.column_type),
        remedy,
    )
}

/// Columns that stand in paths of files which are not partitioned by them alike: engines know such columns by partitions only.
pub(super) fn scattered(manifest: &TableManifest) -> impl Iterator<Item = String> {
    DataFile::path_columns(&manifest.files, &manifest.columns)
        .filter(|column| !manifest.partition_by.contains(&column.name))
        .map(|column| {
            said(
                &column.name,
                "stands in the paths of files, whose last folders are not the same key=value ones in the same order",
                "move the files into such folders, and adopt them again",
            )
        })
}

/// The infinite date or time that a column holds, if it holds one: most formats would take it for a day far away.
pub(super) fn infinite(column: &Column) -> Option<&str> {
    let ends = [&column.statistics.min, &column.statistics.max];
    ends.into_iter().flatten().find_map(|end| match end {
        Scalar::Text(text) if column.column_type.is_temporal() && text.ends_with("infinity") => {
            Some(text.as_str())
        }
        _ => None,
    })
}
