//! Which type a column of SQLite has.
//!
//! Entry points: [`Seen`], [`declared_type`].

use rusqlite::types::ValueRef;

use crate::source::database::column::ColumnType;

/// Integers up to it are numbers with a fraction, too, without loss.
const EXACT: u64 = 1 << 53;

/// Which values a column has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    integers: bool,
    /// Integers that are no numbers with a fraction.
    long_integers: bool,
    reals: bool,
    texts: bool,
    blobs: bool,
}

impl Seen {
    pub fn note(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(value) => {
                self.integers = true;
                self.long_integers |= value.unsigned_abs() > EXACT;
            }
            ValueRef::Real(_) => self.reals = true,
            ValueRef::Text(_) => self.texts = true,
            ValueRef::Blob(_) => self.blobs = true,
        }
    }

    pub fn is_empty(self) -> bool {
        !(self.integers || self.reals || self.texts || self.blobs)
    }

    /// The type that holds all values as they are; none where there is none.
    pub fn column_type(self) -> Option<ColumnType> {
        match (self.integers, self.reals, self.texts, self.blobs) {
            (_, true, false, false) => (!self.long_integers).then_some(ColumnType::Float64),
            (true, false, false, false) => Some(ColumnType::Int64),
            (false, false, _, false) => Some(ColumnType::Text),
            (false, false, false, true) => Some(ColumnType::Binary),
            _ => None,
        }
    }

    pub fn words(self) -> String {
        let kinds = [
            (self.integers, "integers"),
            (self.reals, "reals"),
            (self.texts, "texts"),
            (self.blobs, "blobs"),
        ];
        let there: Vec<&str> = kinds
            .iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, name)| *name)
            .collect();
        there.join(" and ")
    }
}

/// What a column without values is by its declaration, by SQLite's rules of affinity.
pub(super) fn declared_type(declared: &str) -> ColumnType {
    let declared = declared.to_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    match () {
        () if has(&["INT"]) => ColumnType::Int64,
        () if has(&["CHAR", "CLOB", "TEXT"]) => ColumnType::Text,
        () if has(&["BLOB"]) => ColumnType::Binary,
        () if has(&["REAL", "FLOA", "DOUB"]) => ColumnType::Float64,
        () => ColumnType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_the_type_of_all_its_values() {
        let seen = |values: &[ValueRef<'_>]| {
            let mut seen = Seen::default();
            values.iter().for_each(|value| seen.note(*value));
            (seen.column_type(), seen.words())
        };
        let (int, real, text, blob) = (
            ValueRef::Integer(1),
            ValueRef::Real(0.5),
            ValueRef::Text(b"a"),
            ValueRef::Blob(b"a"),
        );
        assert_eq!(seen(&[ValueRef::Null, int]).0, Some(ColumnType::Int64));
        assert_eq!(seen(&[int, real]).0, Some(ColumnType::Float64));
        assert_eq!(seen(&[text]).0, Some(ColumnType::Text));
        assert_eq!(seen(&[blob]).0, Some(ColumnType::Binary));
        assert_eq!(seen(&[int, text]), (None, "integers and texts".to_owned()));
        assert_eq!(seen(&[text, blob]).0, None);
        assert_eq!(seen(&[ValueRef::Integer((1 << 53) + 1), real]).0, None);
    }

    #[test]
    fn a_column_without_values_has_the_type_of_its_declaration() {
        assert_eq!(declared_type("bigint"), ColumnType::Int64);
        assert_eq!(declared_type("VARCHAR(10)"), ColumnType::Text);
        assert_eq!(declared_type("double precision"), ColumnType::Float64);
        assert_eq!(declared_type("blob"), ColumnType::Binary);
        assert_eq!(declared_type(""), ColumnType::Text);
    }
}
