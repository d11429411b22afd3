//! Words of SQL as the engine reads it (DataFusion, PostgreSQL's dialect).

use catalog::{ColumnType, Scalar};

/// A name in double quotes, so that case and odd characters survive.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string in single quotes.
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value as a literal of the column's type.
pub fn literal(value: &Scalar, column_type: &ColumnType) -> String {
    let text = match value {
        Scalar::Null => return "NULL".to_owned(),
        Scalar::Boolean(value) => return value.to_string(),
        Scalar::Integer(value) => return value.to_string(),
        Scalar::Float(value) if value.is_finite() => return format!("{value:?}"),
        Scalar::Float(value) => return format!("CAST('{value}' AS DOUBLE)"),
        Scalar::Text(text) => text,
    };
    match column_type {
        ColumnType::Date => format!("DATE {}", string(text)),
        // A TIME literal counts nanoseconds, and DataFusion compares no times of two units; text takes the column's.
        ColumnType::Time => string(text),
        ColumnType::Timestamp { utc } => moment(text, *utc),
        ColumnType::Decimal { precision, scale } => {
            format!("CAST({} AS DECIMAL({precision},{scale}))", string(text))
        }
        ColumnType::Int { .. } | ColumnType::UInt { .. } if text.parse::<i128>().is_ok() => text.clone(),
        ColumnType::Float { .. } => format!("CAST({} AS DOUBLE)", string(text)),
        _ => string(text),
    }
}

/// A literal of a timestamp. DataFusion's count nanoseconds, which reach from 1677 to 2262 only: beyond, it is cast.
fn moment(text: &str, utc: bool) -> String {
    let name = if utc { "TIMESTAMPTZ" } else { "TIMESTAMP" };
    let year = text.get(..4).filter(|_| text.get(4..5) == Some("-"));
    let is_near = year.is_some_and(|year| ("1678".."2262").contains(&year));
    if is_near {
        format!("{name} {}", string(text))
    } else {
        format!("CAST({} AS {name}(6))", string(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cannot_break_out() {
        assert_eq!(identifier("a\"; DROP"), "\"a\"\"; DROP\"");
        assert_eq!(literal(&Scalar::from("O'Hare"), &ColumnType::String), "'O''Hare'");
        assert_eq!(
            literal(&Scalar::from("1; DROP TABLE t"), &ColumnType::Int { bits: 64 }),
            "'1; DROP TABLE t'",
            "text that is no number stays a string, whatever the column"
        );
    }

    #[test]
    fn literals_carry_their_type() {
        assert_eq!(
            literal(&Scalar::from("2001-01-01"), &ColumnType::Date),
            "DATE '2001-01-01'"
        );
        assert_eq!(
            literal(&Scalar::from("07:30:00"), &ColumnType::Time),
            "'07:30:00'"
        );
        let instant = ColumnType::Timestamp { utc: true };
        assert_eq!(
            literal(&Scalar::from("2001-01-01T00:00:00Z"), &instant),
            "TIMESTAMPTZ '2001-01-01T00:00:00Z'"
        );
        assert_eq!(
            literal(&Scalar::from("9999-12-31T23:59:59Z"), &instant),
            "CAST('9999-12-31T23:59:59Z' AS TIMESTAMPTZ(6))"
        );
        assert_eq!(
            literal(&Scalar::Float(2.0), &ColumnType::Float { bits: 64 }),
            "2.0"
        );
        assert_eq!(
            literal(
                &Scalar::from("1.50"),
                &ColumnType::Decimal {
                    precision: 9,
                    scale: 2
                }
            ),
            "CAST('1.50' AS DECIMAL(9,2))"
        );
    }
}
