//! Whether values are of the type that their column had.

use crate::engine::{Engine, sql};
use crate::source::SourceFile;
use crate::source::reader::Reader;

/// The narrowest type that holds values of both; none where there is none but text.
pub fn common(engine: &Engine, before: &str, now: &str) -> Option<String> {
    if before == now {
        return Some(before.to_owned());
    }
    if before == "VARCHAR" || now == "VARCHAR" {
        return Some("VARCHAR".to_owned());
    }
    // DuckDB takes true for 1.
    if (before == "BOOLEAN") != (now == "BOOLEAN") {
        return None;
    }
    let query = format!("SELECT typeof(CASE WHEN true THEN NULL::{before} ELSE NULL::{now} END)");
    match engine.row(&query).ok()?.into_iter().next() {
        Some(duckdb::types::Value::Text(common)) => Some(common),
        _ => None,
    }
}

/// How dates and numbers are written in text.
#[derive(Debug, Clone, Default)]
pub(super) struct Formats {
    date: Option<String>,
    timestamp: Option<String>,
    decimal: Option<String>,
    thousands: Option<String>,
}

impl Formats {
    /// As the options say, else as values that fit are written.
    pub fn of(engine: &Engine, reader: &Reader<'_>, files: &[SourceFile], unfit: &[Fit]) -> Self {
        let option = |name: &str| match reader.options.get(name) {
            Some(toml::Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let mut formats = Self {
            date: option("dateformat").or(option("date_format")),
            timestamp: option("timestampformat").or(option("timestamp_format")),
            decimal: option("decimal_separator"),
            thousands: option("thousands"),
        };
        for (formatted, place, kind) in [
            (&mut formats.date, 0, "DATE"),
            (&mut formats.timestamp, 1, "TIMESTAMP"),
        ] {
            let of_kind = unfit.iter().filter(|fit| fit.before == kind);
            let columns: Vec<String> = of_kind.map(|fit| fit.column.clone()).collect();
            if formatted.is_some() || columns.is_empty() {
                continue;
            }
            *formatted = files.iter().find_map(|file| {
                let row = engine.row(&reader.sniff(file, &columns, kind)).ok()?;
                match row.into_iter().nth(place) {
                    Some(duckdb::types::Value::Text(format)) if !format.is_empty() => Some(format),
                    _ => None,
                }
            });
        }
        formats
    }
}

/// A column whose type is not what it was.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub column: String,
    /// DuckDB's type as rows of it were read before.
    pub before: String,
    /// That which the files have now.
    pub now: String,
    pub formats: Formats,
}

impl Fit {
    pub fn new(column: &str, before: &str, now: &str) -> Self {
        Self {
            column: column.to_owned(),
            before: before.to_owned(),
            now: now.to_owned(),
            formats: Formats::default(),
        }
    }

    /// The value as it was before; NULL where it does not fit.
    pub fn value(&self) -> String {
        let original = sql::identifier(&self.column);
        let before = &self.before;
        if self.now == "JSON" {
            return self.of_text(&format!("({original} ->> '$')"));
        }
        if self.now == "VARCHAR" {
            return self.of_text(&original);
        }
        let there = format!("TRY_CAST({original} AS {before})");
        let back = format!("TRY_CAST({there} AS {})", self.now);
        format!("CASE WHEN {back} IS NOT DISTINCT FROM {original} THEN {there} END")
    }

    fn of_text(&self, text: &str) -> String {
        let before = &self.before;
        let strptime =
            |format: &str| format!("CAST(TRY_STRPTIME({text}, {}) AS {before})", sql::text(format));
        let mut number = text.to_owned();
        if let Some(thousands) = &self.formats.thousands {
            number = format!("replace({number}, {}, '')", sql::text(thousands));
        }
        if let Some(decimal) = &self.formats.decimal {
            number = format!("replace({number}, {}, '.')", sql::text(decimal));
        }
        match (before.as_str(), &self.formats) {
            (
                "DATE",
                Formats {
                    date: Some(format), ..
                },
            ) => strptime(format),
            (
                "TIMESTAMP",
                Formats {
                    timestamp: Some(format),
                    ..
                },
            ) => strptime(format),
            // DuckDB cuts the time off, and rounds.
            ("DATE", _) => format!("CASE WHEN length(trim({text})) <= 10 THEN TRY_CAST({text} AS DATE) END"),
            (kind, _) if kind.ends_with("INT") || kind.ends_with("INTEGER") => format!(
                "CASE WHEN regexp_full_match(trim({number}), '[+-]?[0-9]+') THEN TRY_CAST({number} AS {before}) END"
            ),
            ("DOUBLE" | "FLOAT", _) => format!("TRY_CAST({number} AS {before})"),
            (kind, _) if kind.starts_with("DECIMAL") => format!("TRY_CAST({number} AS {before})"),
            _ => format!("TRY_CAST({text} AS {before})"),
        }
    }

    /// Whether there is a value, and it does not fit.
    pub fn is_unfit(&self) -> String {
        format!(
            "({} IS NOT NULL AND ({}) IS NULL)",
            sql::identifier(&self.column),
            self.value()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;

    fn engine() -> (tempfile::TempDir, Engine) {
        let work = tempfile::tempdir().expect("temporary folder");
        let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
        (work, engine)
    }

    #[test]
    fn types_have_a_common_one_or_none() {
        let (_work, engine) = engine();
        let of = |a, b| common(&engine, a, b);
        assert_eq!(of("BIGINT", "DOUBLE").as_deref(), Some("DOUBLE"));
        assert_eq!(of("DATE", "TIMESTAMP").as_deref(), Some("TIMESTAMP"));
        assert_eq!(of("BIGINT", "VARCHAR").as_deref(), Some("VARCHAR"));
        assert_eq!(of("BIGINT", "DATE"), None);
        assert_eq!(of("BIGINT", "BOOLEAN"), None);
    }

    #[test]
    fn a_value_fits_if_nothing_of_it_is_lost() {
        let (_work, engine) = engine();
        for (before, now, value, fits) in [
            ("BIGINT", "DOUBLE", "2.0", true),
            ("BIGINT", "DOUBLE", "2.5", false),
            ("BIGINT", "VARCHAR", "' -12'", true),
            ("BIGINT", "VARCHAR", "'1.5'", false),
            ("BIGINT", "JSON", "'\"x\"'", false),
            ("BIGINT", "JSON", "'7'", true),
            ("TINYINT", "BIGINT", "300", false),
            ("DATE", "TIMESTAMP", "'2024-01-01 00:00:00'", true),
            ("DATE", "TIMESTAMP", "'2024-01-01 10:00:00'", false),
            ("DATE", "VARCHAR", "'2024-01-01 10:00'", false),
            ("DOUBLE", "VARCHAR", "'1e3'", true),
            ("BIGINT", "DATE", "'2024-01-01'", false),
        ] {
            let fit = Fit::new("c", before, now);
            let query = format!(
                "SELECT count(*) FILTER ({}) FROM (SELECT {value}::{now} AS c)",
                fit.is_unfit()
            );
            let told = engine.count(&query);
            assert_eq!(
                told.as_ref().ok(),
                Some(&u64::from(!fits)),
                "{before} {now} {value}: {told:?}"
            );
        }
    }
}
