//! Clicks and brushes on a result, as filters of the slice.

use catalog::{Column, ColumnType, Scalar};
use protocol::Slice;
use protocol::slice::{Filter, Grouping};

use crate::format::{civil_micros, civil_text, unit_end};

/// Filters by the value of a result column: a group's label, or in a listing a column's name. Measures cannot be
/// filtered; a calendar unit can be kept, not excluded.
pub fn pick(
    slice: &mut Slice,
    asked: &Slice,
    columns: &[Column],
    label: &str,
    value: &Scalar,
    exclude: bool,
) {
    let grouping = asked.group_by.iter().find(|grouping| grouping.label() == label);
    match grouping {
        Some(Grouping {
            column,
            grain: Some(_),
        }) => {
            if !exclude
                && let Some(range) = grouping.and_then(|grouping| stretch(grouping, columns, value, value))
            {
                // The same unit again takes the filter away.
                if slice.filter(column) == Some(&range) {
                    slice.clear_filter(column);
                } else {
                    slice.set_filter(range);
                }
            }
        }
        Some(grouping) => slice.toggle_value(&grouping.column, value, exclude),
        None if asked.measures.is_empty() && columns.iter().any(|column| column.name == label) => {
            slice.toggle_value(label, value, exclude);
        }
        None => {}
    }
}

/// Filters by a stretch between two values of a group, both included.
pub fn brush(slice: &mut Slice, columns: &[Column], grouping: &Grouping, from: &Scalar, to: &Scalar) {
    if let Some(range) = stretch(grouping, columns, from, to) {
        slice.set_filter(range);
    }
}

fn stretch(grouping: &Grouping, columns: &[Column], from: &Scalar, to: &Scalar) -> Option<Filter> {
    let column = columns.iter().find(|column| column.name == grouping.column)?;
    let Some(grain) = grouping.grain else {
        return Some(Filter::Range {
            column: column.name.clone(),
            from: Some(from.clone()),
            to: Some(to.clone()),
            closed: true,
        });
    };
    // The engine may cut a date to a timestamp: bounds are written as the column's own type.
    let bound = |micros: i64, column_type: &ColumnType| civil_text(micros, column_type).map(Scalar::Text);
    let begin = civil_micros(&from.to_string())?;
    let end = unit_end(civil_micros(&to.to_string())?, grain)?;
    Some(Filter::Range {
        column: column.name.clone(),
        from: Some(bound(begin, &column.column_type)?),
        to: Some(bound(end, &column.column_type)?),
        closed: false,
    })
}

#[cfg(test)]
mod tests {
    use catalog::ColumnStatistics;
    use protocol::slice::{Grain, Measure};

    use super::*;

    fn columns() -> Vec<Column> {
        [("day", ColumnType::Date), ("origin", ColumnType::String)]
            .into_iter()
            .map(|(name, column_type)| Column {
                field_id: 1,
                name: name.to_owned(),
                original_name: None,
                role: column_type.default_role(),
                column_type,
                nullable: false,
                description: None,
                statistics: ColumnStatistics::default(),
            })
            .collect()
    }

    fn by_month() -> Slice {
        let mut slice = Slice::of("t");
        slice.group_by.push(Grouping {
            column: "day".to_owned(),
            grain: Some(Grain::Month),
        });
        slice.measures.push(Measure::count());
        slice
    }

    #[test]
    fn a_month_is_kept_as_a_range_of_its_own_type() {
        let asked = by_month();
        let mut slice = asked.clone();
        let march = Scalar::from("2001-03-01T00:00:00");
        pick(&mut slice, &asked, &columns(), "day (month)", &march, false);
        let expected = Filter::Range {
            column: "day".to_owned(),
            from: Some(Scalar::from("2001-03-01")),
            to: Some(Scalar::from("2001-04-01")),
            closed: false,
        };
        assert_eq!(slice.filters, [expected]);
        pick(&mut slice, &asked, &columns(), "day (month)", &march, false);
        assert_eq!(slice.filters, [], "a second click takes it away");
    }

    #[test]
    fn a_brush_ends_with_its_last_unit() {
        let mut slice = by_month();
        let grouping = slice.group_by[0].clone();
        brush(
            &mut slice,
            &columns(),
            &grouping,
            &Scalar::from("2001-03-01"),
            &Scalar::from("2001-05-01"),
        );
        let Some(Filter::Range { to, closed, .. }) = slice.filters.first() else {
            panic!("no range: {slice:?}");
        };
        assert_eq!((to, closed), (&Some(Scalar::from("2001-06-01")), &false));
    }

    #[test]
    fn measures_do_not_filter_and_cells_of_a_listing_do() {
        let asked = by_month();
        let mut slice = asked.clone();
        pick(
            &mut slice,
            &asked,
            &columns(),
            "count",
            &Scalar::Integer(3),
            false,
        );
        assert_eq!(slice.filters, []);
        let listing = Slice::of("t");
        let mut slice = listing.clone();
        pick(
            &mut slice,
            &listing,
            &columns(),
            "origin",
            &Scalar::from("ATL"),
            true,
        );
        assert_eq!(slice.filters.len(), 1);
    }
}
