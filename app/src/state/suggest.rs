//! What the page proposes before anybody has said what they want.

use catalog::{Column, ColumnType, Role, TableManifest};
use protocol::slice::Grain;

use crate::format::civil_micros;

/// The calendar grain that cuts a column's span into a readable number of groups.
pub fn grain_for_span(column: &Column) -> Option<Grain> {
    const HOUR: i64 = 3_600_000_000;
    const DAY: i64 = 24 * HOUR;
    if !column.column_type.is_temporal() {
        return None;
    }
    let end = |bound: &Option<catalog::Scalar>| civil_micros(&bound.as_ref()?.to_string());
    let span = match (end(&column.statistics.min), end(&column.statistics.max)) {
        (Some(min), Some(max)) => max.saturating_sub(min),
        _ => return Some(Grain::Month),
    };
    Some(match span {
        span if span <= 3 * DAY && column.column_type != ColumnType::Date => Grain::Hour,
        span if span <= 120 * DAY => Grain::Day,
        span if span <= 400 * DAY => Grain::Week,
        span if span <= 3_650 * DAY => Grain::Month,
        _ => Grain::Year,
    })
}

/// Bytes up to which a table without statistics is scanned for its first picture unasked.
const SCAN_UNASKED_BYTES: u64 = 100_000_000;

/// The column whose histogram is the first picture of a table: time if there is any, else the first measure.
pub fn overview_column(manifest: &TableManifest) -> Option<&Column> {
    let of_role = |role: Role| {
        let mut columns = manifest.columns.iter();
        columns.find(|column| column.role == role && is_drawable(manifest, column))
    };
    of_role(Role::Time).or_else(|| of_role(Role::Measure))
}

/// The fields that are open when a table is: those that the manifest can draw, so that opening costs nothing, apart
/// from the one that is drawn large already. Of a small file, which has no such manifest, fewer, by scanning it.
pub fn default_expanded(manifest: &TableManifest) -> Vec<String> {
    let at_most = if has_statistics(manifest) { 4 } else { 2 };
    let overview = overview_column(manifest).map(|column| &column.name);
    manifest
        .columns
        .iter()
        .filter(|column| Some(&column.name) != overview && is_drawable(manifest, column))
        .take(at_most)
        .map(|column| column.name.clone())
        .collect()
}

fn is_drawable(manifest: &TableManifest, column: &Column) -> bool {
    let is_scanned = !has_statistics(manifest) && manifest.bytes <= SCAN_UNASKED_BYTES;
    match column.role {
        Role::Dimension => {
            let has_values = !matches!(column.column_type, ColumnType::Other(_) | ColumnType::Binary);
            !column.statistics.top_values.is_empty() || (is_scanned && has_values)
        }
        Role::Measure | Role::Time => {
            let has_distance = column.column_type.is_numeric() || column.column_type.is_temporal();
            column.statistics.histogram.is_some() || (is_scanned && has_distance)
        }
    }
}

fn has_statistics(manifest: &TableManifest) -> bool {
    let mut columns = manifest.columns.iter().map(|column| &column.statistics);
    columns.any(|statistics| statistics.histogram.is_some() || !statistics.top_values.is_empty())
}

#[cfg(test)]
mod tests {
    use catalog::{ColumnStatistics, Histogram, Lineage, Scalar, ValueCount};

    use super::*;

    fn column(name: &str, column_type: ColumnType, statistics: ColumnStatistics) -> Column {
        Column {
            field_id: 1,
            name: name.to_owned(),
            original_name: None,
            role: column_type.default_role(),
            column_type,
            nullable: false,
            description: None,
            statistics,
        }
    }

    fn span(column_type: ColumnType, min: &str, max: &str) -> Column {
        let statistics = ColumnStatistics {
            min: Some(Scalar::from(min)),
            max: Some(Scalar::from(max)),
            ..ColumnStatistics::default()
        };
        column("time", column_type, statistics)
    }

    #[test]
    fn grains_follow_the_span() {
        let stamp = ColumnType::Timestamp { utc: false };
        let cases = [
            ("2001-01-01T00:00:00", "2001-01-02T00:00:00", Grain::Hour),
            ("2001-01-01T00:00:00", "2001-03-02T00:00:00", Grain::Day),
            ("2001-01-01T00:00:00", "2001-06-30T00:00:00", Grain::Week),
            ("2001-01-01T00:00:00", "2006-06-30T00:00:00", Grain::Month),
            ("1901-01-01T00:00:00", "2006-06-30T00:00:00", Grain::Year),
        ];
        for (min, max, grain) in cases {
            assert_eq!(
                grain_for_span(&span(stamp.clone(), min, max)),
                Some(grain),
                "{min} {max}"
            );
        }
        let dates = span(ColumnType::Date, "2001-01-01", "2001-01-02");
        assert_eq!(grain_for_span(&dates), Some(Grain::Day), "a date has no hours");
        assert_eq!(grain_for_span(&span(ColumnType::String, "a", "b")), None);
    }

    fn manifest(columns: Vec<Column>) -> TableManifest {
        TableManifest {
            format_version: 1,
            table: "t".to_owned(),
            description: None,
            owner: None,
            tags: Vec::new(),
            columns,
            files: Vec::new(),
            rows: 0,
            bytes: 0,
            partition_by: Vec::new(),
            sort_keys: Vec::new(),
            checks: Vec::new(),
            lineage: Lineage::default(),
        }
    }

    #[test]
    fn only_fields_that_cost_nothing_are_open_at_first() {
        let with_bins = ColumnStatistics {
            histogram: Some(Histogram {
                bounds: vec![Scalar::Integer(0), Scalar::Integer(1)],
                counts: vec![1],
            }),
            ..ColumnStatistics::default()
        };
        let with_values = ColumnStatistics {
            top_values: vec![ValueCount {
                value: Scalar::from("a"),
                count: 1,
            }],
            ..ColumnStatistics::default()
        };
        let manifest = manifest(vec![
            column("plain", ColumnType::String, ColumnStatistics::default()),
            column("delay", ColumnType::Int { bits: 8 }, with_bins.clone()),
            column("origin", ColumnType::String, with_values),
            column("time", ColumnType::Date, with_bins),
        ]);
        assert_eq!(default_expanded(&manifest), ["delay", "origin"]);
        assert_eq!(
            overview_column(&manifest).map(|column| column.name.as_str()),
            Some("time")
        );
    }

    #[test]
    fn a_file_without_statistics_is_scanned_unasked_only_when_it_is_small() {
        let plain = |name, column_type| column(name, column_type, ColumnStatistics::default());
        let mut file = manifest(vec![
            plain("tags", ColumnType::Other("List(Utf8)".to_owned())),
            plain("city", ColumnType::String),
            plain("time", ColumnType::Timestamp { utc: true }),
            plain("fare", ColumnType::Float { bits: 64 }),
            plain("tip", ColumnType::Float { bits: 64 }),
        ]);
        file.bytes = SCAN_UNASKED_BYTES;
        assert_eq!(default_expanded(&file), ["city", "fare"]);
        assert_eq!(
            overview_column(&file).map(|column| column.name.as_str()),
            Some("time")
        );
        file.bytes += 1;
        assert_eq!(default_expanded(&file), Vec::<String>::new());
        assert_eq!(overview_column(&file), None);
    }
}
