//! Which data files may hold rows like new ones, by the ranges that manifests tell.
//!
//! Invariant: a file is left out only where its statistics prove that it holds no such row.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use catalog::{Column, ColumnType, FileColumnStatistics, Scalar};

/// Statistics of some files by column name.
type Ranges = BTreeMap<String, FileColumnStatistics>;

/// Whether a file may hold a row that is like one of the new files in all of these columns, NULL being like NULL.
pub(super) fn may_overlap(columns: &[Column], key: &[String], file: &Ranges, new: &[&Ranges]) -> bool {
    new.iter().any(|new| {
        key.iter().all(|name| {
            let column = columns.iter().find(|column| column.name == *name);
            match (column, file.get(name), new.get(name)) {
                (Some(column), Some(file), Some(new)) => ranges_meet(&column.column_type, file, new),
                _ => true,
            }
        })
    })
}

fn ranges_meet(column_type: &ColumnType, a: &FileColumnStatistics, b: &FileColumnStatistics) -> bool {
    let both_null = a.null_count != Some(0) && b.null_count != Some(0);
    both_null || !(is_below(column_type, &a.max, &b.min) || is_below(column_type, &b.max, &a.min))
}

/// Whether it is certain that all values up to one end are less than all values from another.
fn is_below(column_type: &ColumnType, max: &Option<Scalar>, min: &Option<Scalar>) -> bool {
    let (Some(max), Some(min)) = (max, min) else {
        return false;
    };
    let order = match column_type {
        // Rounding keeps the order of numbers, and what it makes equal is not certain.
        ColumnType::Decimal { .. } | ColumnType::UInt { .. } => max
            .as_f64()
            .zip(min.as_f64())
            .and_then(|(max, min)| max.partial_cmp(&min)),
        ColumnType::Boolean | ColumnType::Int { .. } | ColumnType::String => max.partial_cmp_same_type(min),
        ColumnType::Date | ColumnType::Timestamp { .. } if is_plain(max) && is_plain(min) => {
            max.partial_cmp_same_type(min)
        }
        // NaN is not in the range of floats; of other types ranges say too little.
        _ => None,
    };
    order == Some(Ordering::Less)
}

/// A year of four digits: text of such dates is in their order.
fn is_plain(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Text(text) if {
        let bytes = text.as_bytes();
        bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::{ColumnStatistics, Role};

    fn column(column_type: ColumnType) -> Vec<Column> {
        vec![Column {
            field_id: 1,
            name: "k".to_owned(),
            original_name: None,
            column_type,
            nullable: true,
            role: Role::Dimension,
            description: None,
            statistics: ColumnStatistics::default(),
        }]
    }

    fn range(min: Scalar, max: Scalar, null_count: u64) -> Ranges {
        let statistics = FileColumnStatistics {
            min: Some(min),
            max: Some(max),
            null_count: Some(null_count),
        };
        [("k".to_owned(), statistics)].into()
    }

    fn meet(column_type: ColumnType, a: &Ranges, b: &Ranges) -> bool {
        may_overlap(&column(column_type), &["k".to_owned()], a, &[b])
    }

    #[test]
    fn files_apart_are_left_out_and_those_that_touch_are_not() {
        let int = || ColumnType::Int { bits: 64 };
        let integers = |min, max| range(Scalar::Integer(min), Scalar::Integer(max), 0);
        assert!(!meet(int(), &integers(1, 5), &integers(6, 9)));
        assert!(!meet(int(), &integers(6, 9), &integers(1, 5)));
        assert!(meet(int(), &integers(1, 6), &integers(6, 9)));
        let text = |min: &str, max: &str| range(min.into(), max.into(), 0);
        assert!(!meet(
            ColumnType::Date,
            &text("2024-01-01", "2024-01-31"),
            &text("2024-02-01", "2024-02-02")
        ));
    }

    #[test]
    fn what_is_not_certain_overlaps() {
        let text = |min: &str, max: &str| range(min.into(), max.into(), 0);
        let float = |value| range(Scalar::Float(value), Scalar::Float(value), 0);
        assert!(
            meet(ColumnType::Float { bits: 64 }, &float(1.0), &float(2.0)),
            "NaN may be in both"
        );
        assert!(
            meet(
                ColumnType::Date,
                &text("2024-01-01", "2024-01-31"),
                &text("10000-01-01", "10000-01-02")
            ),
            "text of such years is not in their order"
        );
        let decimal = ColumnType::from("decimal(38,0)".to_owned());
        let digits = "99999999999999999999999999999999999998";
        assert!(meet(
            decimal,
            &text(digits, digits),
            &text(
                &digits.replace("98", "99"),
                "999999999999999999999999999999999999999"
            )
        ));
        let nulls = |value| range(Scalar::Integer(value), Scalar::Integer(value), 1);
        assert!(
            meet(ColumnType::Int { bits: 64 }, &nulls(1), &nulls(2)),
            "NULL is like NULL"
        );
        assert!(may_overlap(
            &column(ColumnType::Int { bits: 64 }),
            &["k".to_owned()],
            &Ranges::new(),
            &[&nulls(1)]
        ));
    }
}
