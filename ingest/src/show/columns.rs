//! Columns with their statistics.

use catalog::{Column, Scalar};

use crate::diff::schema::role;
use crate::print;

/// Longer values are cut on the screen.
const SHOWN_CHARACTERS: usize = 32;

/// Prints columns, one a row.
pub(super) fn show(columns: &[Column]) {
    let mut table = print::table(&[
        "column",
        "type",
        "role",
        "nulls",
        "distinct",
        "min",
        "max",
        "description",
    ]);
    for column in columns {
        let statistics = &column.statistics;
        let count = |count: Option<u64>| print::number(count.map(print::thousands).unwrap_or_default());
        let name = match &column.original_name {
            Some(original) => format!("{}\n({original})", column.name),
            None => column.name.clone(),
        };
        table.add_row(vec![
            name.into(),
            column.column_type.to_string().into(),
            role(column.role).into(),
            count(statistics.null_count),
            count(statistics.distinct_count),
            shown(statistics.min.as_ref()).into(),
            shown(statistics.max.as_ref()).into(),
            column.description.as_deref().unwrap_or_default().into(),
        ]);
    }
    print::out(table);
}

/// A value as it fits on a screen.
pub(crate) fn shown(value: Option<&Scalar>) -> String {
    let text = value.map(ToString::to_string).unwrap_or_default();
    if text.chars().count() <= SHOWN_CHARACTERS {
        return text;
    }
    text.chars().take(SHOWN_CHARACTERS - 1).chain(['…']).collect()
}
