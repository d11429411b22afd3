//! Why a column cannot be exported exactly: which, why, and what to do.
//!
//! Entry points: [`said`], [`no_type`], [`infinite`].

use std::fmt::Display;

use catalog::{Column, Scalar};

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
