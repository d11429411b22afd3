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
        ColumnType::Time => format!("TIME {}", string(text)),
        ColumnType::Timestamp { utc: false } => format!("TIMESTAMP {}", string(text)),
        ColumnType::Timestamp { utc: true } => format!("TIMESTAMPTZ {}", string(text)),
        ColumnType::Decimal { precision, scale } => {
            format!("CAST({} AS DECIMAL({precision},{scale}))", string(text))
        }
        ColumnType::Int { .. } | ColumnType::UInt { .. } if text.parse::<i128>().is_ok() => text.clone(),
        ColumnType::Float { .. } => format!("CAST({} AS DOUBLE)", string(text)),
        _ => string(text),
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
