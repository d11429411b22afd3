//! What changed from one list of columns to the next.

use std::fmt;

use catalog::{Column, ColumnType, Role};
use serde::Serialize;

/// What changed in a table's columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SchemaChange {
    /// Columns that were not there before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<TypedColumn>,
    /// Columns that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<TypedColumn>,
    /// Columns that kept their field id under another name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<Changed<String>>,
    /// Columns of another type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retyped: Vec<Changed<ColumnType>>,
    /// Columns that may be NULL where they could not, or the other way round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nullability: Vec<Changed<bool>>,
    /// Columns of another role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Changed<Role>>,
    /// Columns that are described otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Changed<Option<String>>>,
    /// Whether columns that are in both stand in another order.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reordered: bool,
}

/// A column and its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypedColumn {
    /// Its name.
    pub column: String,
    /// Its type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
}

/// A property of a column that is in both lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed<T> {
    /// The column, by its name afterwards.
    pub column: String,
    /// What it was.
    pub before: T,
    /// What it is.
    pub after: T,
}

impl Changed<ColumnType> {
    /// Whether the new type holds every value of the former one unchanged.
    pub fn is_wider(&self) -> bool {
        use ColumnType::{Decimal, Float, Int, UInt};
        match (&self.before, &self.after) {
            (Int { bits: before }, Int { bits: after })
            | (UInt { bits: before }, UInt { bits: after })
            | (UInt { bits: before }, Int { bits: after })
            | (Float { bits: before }, Float { bits: after }) => before < after,
            // A float holds whole numbers as far as its significand reaches: 24 and 53 bits.
            (Int { bits: before } | UInt { bits: before }, Float { bits: after }) => *before < *after / 2 + 1,
            (
                Decimal {
                    precision: before,
                    scale: scale_before,
                },
                Decimal {
                    precision: after,
                    scale: scale_after,
                },
            ) => {
                scale_before <= scale_after
                    && i16::from(*before) - i16::from(*scale_before)
                        <= i16::from(*after) - i16::from(*scale_after)
            }
            _ => false,
        }
    }
}

/// Compares the columns of two versions of a table. Columns belong together by name, or by field id where the name is
/// in one of them only.
pub fn schema(before: &[Column], after: &[Column]) -> SchemaChange {
    let mut change = SchemaChange::default();
    let mut kept: Vec<&str> = Vec::new();
    for column in after {
        match former(before, after, column) {
            Some(former) => {
                kept.push(&former.name);
                change.compare(former, column);
            }
            None => change.added.push(TypedColumn::of(column)),
        }
    }
    let order: Vec<&str> = before
        .iter()
        .map(|former| former.name.as_str())
        .filter(|name| kept.contains(name))
        .collect();
    change.reordered = order != kept;
    change.removed = before
        .iter()
        .filter(|former| !kept.contains(&former.name.as_str()))
        .map(TypedColumn::of)
        .collect();
    change
}

/// The column of the former version that a column of the new one was.
pub(super) fn former<'b>(before: &'b [Column], after: &[Column], column: &Column) -> Option<&'b Column> {
    let is_kept = |former: &Column| after.iter().any(|column| column.name == former.name);
    let by_name = before.iter().find(|former| former.name == column.name);
    by_name.or_else(|| {
        let mut others = before.iter();
        others.find(|former| former.field_id == column.field_id && !is_kept(former))
    })
}

impl TypedColumn {
    fn of(column: &Column) -> Self {
        Self {
            column: column.name.clone(),
            column_type: column.column_type.clone(),
        }
    }
}

impl SchemaChange {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a statement that worked before may fail, or mean something else: a column is gone, is named otherwise,
    /// or has a type that does not hold all that it held.
    pub fn is_destructive(&self) -> bool {
        !self.removed.is_empty()
            || !self.renamed.is_empty()
            || self.retyped.iter().any(|change| !change.is_wider())
    }

    /// Whether data files written before do not have the columns of the table as it is now: some came, went, are named
    /// or typed otherwise, or stand in another order.
    pub fn touches_files(&self) -> bool {
        !self.added.is_empty() || self.is_destructive() || !self.retyped.is_empty() || self.reordered
    }

    fn compare(&mut self, before: &Column, after: &Column) {
        fn note<T: Clone + PartialEq>(list: &mut Vec<Changed<T>>, column: &str, before: &T, after: &T) {
            if before != after {
                list.push(Changed {
                    column: column.to_owned(),
                    before: before.clone(),
                    after: after.clone(),
                });
            }
        }
        let name = &after.name;
        note(&mut self.renamed, name, &before.name, &after.name);
        note(&mut self.retyped, name, &before.column_type, &after.column_type);
        note(&mut self.nullability, name, &before.nullable, &after.nullable);
        note(&mut self.roles, name, &before.role, &after.role);
        note(
            &mut self.descriptions,
            name,
            &before.description,
            &after.description,
        );
    }

    /// One sentence for each change, what matters most first.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let typed = |column: &TypedColumn| format!("{} ({})", column.column, column.column_type);
        lines.extend(self.removed.iter().map(|each| format!("removes {}", typed(each))));
        lines.extend(
            self.renamed
                .iter()
                .map(|each| format!("renames {} to {}", each.before, each.after)),
        );
        lines.extend(self.retyped.iter().map(|each| {
            let wider = if each.is_wider() { ", which is wider" } else { "" };
            format!(
                "changes {} from {} to {}{wider}",
                each.column, each.before, each.after
            )
        }));
        lines.extend(self.added.iter().map(|each| format!("adds {}", typed(each))));
        lines.extend(self.nullability.iter().map(|each| {
            let may = if each.after {
                "may now be null"
            } else {
                "is now never null"
            };
            format!("{} {may}", each.column)
        }));
        lines.extend(self.roles.iter().map(|each| {
            format!(
                "{} is now a {} instead of a {}",
                each.column,
                role(each.after),
                role(each.before)
            )
        }));
        lines.extend(
            self.descriptions
                .iter()
                .map(|each| format!("describes {} otherwise", each.column)),
        );
        if self.reordered {
            lines.push("orders columns otherwise".to_owned());
        }
        lines
    }
}

impl fmt::Display for SchemaChange {
    /// `removes city (string); adds town (string)`; nothing where nothing changed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("; "))
    }
}

/// A role as people and JSON write it.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Dimension => "dimension",
        Role::Measure => "measure",
        Role::Time => "time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(field_id: u32, name: &str, column_type: &str) -> Column {
        let column_type = ColumnType::from(column_type.to_owned());
        Column {
            field_id,
            name: name.to_owned(),
            original_name: None,
            role: column_type.default_role(),
            column_type,
            nullable: true,
            description: None,
            statistics: catalog::ColumnStatistics::default(),
        }
    }

    #[test]
    fn the_same_columns_have_not_changed() {
        let columns = [column(1, "a", "int32"), column(2, "b", "string")];
        let change = schema(&columns, &columns);
        assert!(change.is_empty() && !change.is_destructive() && !change.touches_files());
        assert_eq!(change.to_string(), "");
    }

    #[test]
    fn what_came_and_went_is_told_with_its_type() {
        let change = schema(
            &[column(1, "a", "int32"), column(2, "b", "string")],
            &[column(1, "a", "int32"), column(3, "c", "date")],
        );
        assert_eq!(change.to_string(), "removes b (string); adds c (date)");
        assert!(change.is_destructive());
        let only_added = schema(
            &[column(1, "a", "int32")],
            &[column(1, "a", "int32"), column(2, "b", "date")],
        );
        assert!(!only_added.is_destructive() && only_added.touches_files());
    }

    #[test]
    fn a_column_that_keeps_its_field_id_was_renamed() {
        let change = schema(&[column(1, "a", "int32")], &[column(1, "b", "int32")]);
        assert_eq!(change.to_string(), "renames a to b");
        assert!(change.is_destructive());
        let swapped = schema(
            &[column(1, "a", "int32"), column(2, "b", "int32")],
            &[column(1, "b", "int32"), column(2, "a", "int32")],
        );
        assert!(
            swapped.renamed.is_empty() && swapped.reordered,
            "names decide before ids: {swapped}"
        );
    }

    #[test]
    fn a_type_that_holds_all_former_values_is_no_destructive_change() {
        for (before, after, is_wider) in [
            ("int32", "int64", true),
            ("int64", "int32", false),
            ("uint32", "int64", true),
            ("uint32", "int32", false),
            ("int32", "uint64", false),
            ("float32", "float64", true),
            ("int32", "float64", true),
            ("int32", "float32", false),
            ("int16", "float32", true),
            ("int64", "float64", false),
            ("decimal(10,2)", "decimal(12,2)", true),
            ("decimal(10,2)", "decimal(12,4)", true),
            ("decimal(10,2)", "decimal(11,4)", false),
            ("date", "timestamp", false),
            ("int32", "string", false),
        ] {
            let change = schema(&[column(1, "a", before)], &[column(1, "a", after)]);
            assert_eq!(change.is_destructive(), !is_wider, "{before} to {after}");
            assert!(change.touches_files());
        }
    }

    #[test]
    fn what_only_people_notice_is_told_and_breaks_nothing() {
        let before = column(1, "a", "int32");
        let after = Column {
            nullable: false,
            role: Role::Dimension,
            description: Some("A.".to_owned()),
            ..before.clone()
        };
        let change = schema(&[before], &[after]);
        assert_eq!(
            change.to_string(),
            "a is now never null; a is now a dimension instead of a measure; describes a otherwise"
        );
        assert!(!change.is_destructive() && !change.touches_files());
    }
}
