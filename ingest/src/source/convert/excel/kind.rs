//! Types of columns, by what their cells hold.

use super::value::Value;

/// What a column is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Integer,
    Number,
    Boolean,
    Date,
    Timestamp,
    Time,
    Duration,
    Text,
}

/// Kinds with DuckDB's types, and what to call their values.
const KINDS: [(Kind, &str, &str); 8] = [
    (Kind::Integer, "BIGINT", "numbers"),
    (Kind::Number, "DOUBLE", "numbers"),
    (Kind::Boolean, "BOOLEAN", "TRUE or FALSE"),
    (Kind::Date, "DATE", "dates"),
    (Kind::Timestamp, "TIMESTAMP", "dates"),
    (Kind::Time, "TIME", "times"),
    (Kind::Duration, "INTERVAL", "durations"),
    (Kind::Text, "VARCHAR", "text"),
];

impl Kind {
    /// The kind of a value; none of an empty cell.
    pub fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Empty | Value::Error(_) => None,
            Value::Integer(_) => Some(Self::Integer),
            Value::Number(_) => Some(Self::Number),
            Value::Boolean(_) => Some(Self::Boolean),
            Value::Date(_) => Some(Self::Date),
            Value::Timestamp(_) => Some(Self::Timestamp),
            Value::Time(_) => Some(Self::Time),
            Value::Duration(_) => Some(Self::Duration),
            Value::Text(_) => Some(Self::Text),
        }
    }

    /// The kind that columns of a DuckDB type are of.
    pub fn of_duck_type(duck_type: &str) -> Option<Self> {
        let found = KINDS.iter().find(|(_, known, _)| *known == duck_type);
        found.map(|(kind, _, _)| *kind)
    }

    /// DuckDB's type.
    pub fn duck_type(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _, _)| *kind == self)
            .map_or("", |(_, name, _)| name)
    }

    /// `numbers`, `text`: the same for kinds that go together.
    pub fn in_words(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _, _)| *kind == self)
            .map_or("", |(_, _, words)| words)
    }

    /// The kind that holds values of both, exactly as far as there is one.
    pub fn with(self, other: Self) -> Self {
        match (self.min(other), self.max(other)) {
            (a, b) if a == b => a,
            (Self::Integer, Self::Number) => Self::Number,
            (Self::Date, Self::Timestamp) => Self::Timestamp,
            (Self::Time, Self::Duration) => Self::Duration,
            _ => Self::Text,
        }
    }

    /// Whether it holds values of the other one.
    pub fn holds(self, other: Self) -> bool {
        self.with(other) == self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_go_together_do_and_others_are_text() {
        assert_eq!(Kind::Number.with(Kind::Integer), Kind::Number);
        assert_eq!(Kind::Timestamp.with(Kind::Date), Kind::Timestamp);
        assert_eq!(Kind::Boolean.with(Kind::Integer), Kind::Text);
        assert_eq!(Kind::Date.with(Kind::Time), Kind::Text);
        assert!(Kind::Text.holds(Kind::Date) && !Kind::Integer.holds(Kind::Number));
        assert_eq!(Kind::of_duck_type("INTERVAL"), Some(Kind::Duration));
    }
}
