//! A column of a gold table: its name, type, role and statistics.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ColumnStatistics;

/// A column as the manifest describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Stable over renames within a table; also the Parquet field id.
    pub field_id: u32,
    /// The name in SQL and in the Parquet file.
    pub name: String,
    /// The name in the source, where sanitising changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_name: Option<String>,
    /// The logical type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Whether NULL may occur.
    pub nullable: bool,
    /// What the column is for in a slice.
    pub role: Role,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Statistics over the whole table.
    #[serde(default)]
    pub statistics: ColumnStatistics,
}

/// What a column is for in a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Something to group and filter by.
    Dimension,
    /// Something to sum or average.
    Measure,
    /// A point in time, to group by calendar grain.
    Time,
}

/// A logical type, written as in `decimal(18,3)`, `timestamp`, `timestamptz`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ColumnType {
    /// `boolean`.
    Boolean,
    /// `int8`, `int16`, `int32`, `int64`.
    Int {
        /// 8, 16, 32 or 64.
        bits: u8,
    },
    /// `uint8`, `uint16`, `uint32`, `uint64`.
    UInt {
        /// 8, 16, 32 or 64.
        bits: u8,
    },
    /// `float32`, `float64`.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// `decimal(precision,scale)`.
    Decimal {
        /// Digits in all, at most 38.
        precision: u8,
        /// Digits behind the point.
        scale: i8,
    },
    /// `string`.
    String,
    /// `binary`.
    Binary,
    /// `date`: days, no time zone.
    Date,
    /// `time`: microseconds since midnight.
    Time,
    /// `timestamp` (local) or `timestamptz` (UTC instant), microseconds.
    Timestamp {
        /// Whether it is an instant (`timestamptz`).
        utc: bool,
    },
    /// Any other type by its Arrow name, for example `List(Int64)`: shown, but no facet.
    Other(String),
}

impl ColumnType {
    /// Whether `sum` and `avg` make sense.
    pub fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Int { .. } | Self::UInt { .. } | Self::Float { .. } | Self::Decimal { .. }
        )
    }

    /// Whether calendar grains apply.
    pub fn is_temporal(&self) -> bool {
        matches!(self, Self::Date | Self::Timestamp { .. })
    }

    /// The role of a column of this type when nobody declared one.
    pub fn default_role(&self) -> Role {
        match self {
            Self::Date | Self::Timestamp { .. } => Role::Time,
            Self::Int { .. } | Self::UInt { .. } | Self::Float { .. } | Self::Decimal { .. } => Role::Measure,
            _ => Role::Dimension,
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::Int { bits } => write!(f, "int{bits}"),
            Self::UInt { bits } => write!(f, "uint{bits}"),
            Self::Float { bits } => write!(f, "float{bits}"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::String => f.write_str("string"),
            Self::Binary => f.write_str("binary"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::Timestamp { utc: false } => f.write_str("timestamp"),
            Self::Timestamp { utc: true } => f.write_str("timestamptz"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

impl FromStr for ColumnType {
    type Err = std::convert::Infallible;

    /// Never fails: a name that is not known is [`ColumnType::Other`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bits = |prefix: &str, allowed: &[u8]| {
            text.strip_prefix(prefix)
                .and_then(|rest| rest.parse().ok())
                .filter(|bits| allowed.contains(bits))
        };
        Ok(match text {
            "boolean" => Self::Boolean,
            "string" => Self::String,
            "binary" => Self::Binary,
            "date" => Self::Date,
            "time" => Self::Time,
            "timestamp" => Self::Timestamp { utc: false },
            "timestamptz" => Self::Timestamp { utc: true },
            _ => {
                if let Some(bits) = bits("int", &[8, 16, 32, 64]) {
                    Self::Int { bits }
                } else if let Some(bits) = bits("uint", &[8, 16, 32, 64]) {
                    Self::UInt { bits }
                } else if let Some(bits) = bits("float", &[32, 64]) {
                    Self::Float { bits }
                } else {
                    parse_decimal(text).unwrap_or_else(|| Self::Other(text.to_owned()))
                }
            }
        })
    }
}

fn parse_decimal(text: &str) -> Option<ColumnType> {
    let (precision, scale) = text
        .strip_prefix("decimal(")?
        .strip_suffix(')')?
        .split_once(',')?;
    Some(ColumnType::Decimal {
        precision: precision.trim().parse().ok()?,
        scale: scale.trim().parse().ok()?,
    })
}

impl From<ColumnType> for String {
    fn from(column_type: ColumnType) -> Self {
        column_type.to_string()
    }
}

impl From<String> for ColumnType {
    fn from(text: String) -> Self {
        let Ok(column_type) = text.parse();
        column_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_round_trip() {
        for name in [
            "boolean",
            "int8",
            "uint64",
            "float32",
            "decimal(38,-2)",
            "string",
            "binary",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "List(Int64)",
            "int7",
            "decimal(x)",
        ] {
            assert_eq!(ColumnType::from(name.to_owned()).to_string(), name);
        }
        assert_eq!(
            ColumnType::from("int7".to_owned()),
            ColumnType::Other("int7".to_owned()),
            "a width that does not exist is no integer"
        );
    }
}
