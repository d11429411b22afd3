//! A layout that is tried, and the header lines that ask for it.

use std::collections::BTreeSet;

use catalog::{Column, ColumnType, SortKey};

use super::question::Question;
use crate::gold::{FILE_BYTES, Layout, ROW_GROUP_ROWS, ZSTD_LEVEL};
use crate::project::{ModelHeader, yaml_word};
use crate::reader::Kind;

/// Columns that are tried as the first to sort by.
const MOST_SORTS: usize = 3;
/// Columns that are tried with a bloom filter.
const MOST_BLOOMS: usize = 2;
/// Levels of zstd that are tried.
const LEVELS: [i32; 3] = [1, 9, 19];
/// Row groups that are tried have at least so many rows: smaller ones are a request for little.
const LEAST_GROUP_ROWS: usize = 16_384;

/// What a header can say of the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub sort_keys: Vec<SortKey>,
    pub partition_by: Vec<String>,
    pub bloom: Vec<String>,
    pub row_group_rows: usize,
    pub zstd_level: i32,
}

impl Candidate {
    /// What a header says.
    pub fn of(header: &ModelHeader) -> Self {
        Self {
            sort_keys: header.sort_keys(),
            partition_by: header.partition_by.clone(),
            bloom: header.bloom.clone(),
            row_group_rows: header.row_group_rows.unwrap_or(ROW_GROUP_ROWS),
            zstd_level: header.zstd_level.unwrap_or(ZSTD_LEVEL),
        }
    }

    /// The same for the writer.
    pub fn layout(&self) -> Layout<'_> {
        Layout {
            row_group_rows: self.row_group_rows,
            file_bytes: FILE_BYTES,
            sort_keys: &self.sort_keys,
            partition_by: &self.partition_by,
            bloom: &self.bloom,
            zstd_level: self.zstd_level,
        }
    }

    /// Lines of a header for what is not as in the other.
    pub fn lines(&self, other: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.sort_keys != other.sort_keys {
            let keys: Vec<String> = self.sort_keys.iter().map(key_text).collect();
            lines.push(format!("cluster_by: [{}]", keys.join(", ")));
        }
        if self.bloom != other.bloom {
            let columns: Vec<String> = self.bloom.iter().map(|column| yaml_word(column)).collect();
            lines.push(format!("bloom: [{}]", columns.join(", ")));
        }
        if self.row_group_rows != other.row_group_rows {
            lines.push(format!("row_group_rows: {}", self.row_group_rows));
        }
        if self.zstd_level != other.zstd_level {
            lines.push(format!("zstd_level: {}", self.zstd_level));
        }
        lines
    }

    /// With bloom filters for the columns that the questions compare for equality, where rows are not sorted by them.
    pub fn with_blooms(&self, questions: &[Question], columns: &[Column]) -> Self {
        let first_key = self.sort_keys.first().map(|key| &key.column);
        let mut wanted: Vec<String> = self.bloom.clone();
        for (column, is_equality) in filtered(questions) {
            let can_have = columns
                .iter()
                .find(|known| known.name == column)
                .is_some_and(|known| {
                    !matches!(known.column_type, ColumnType::Boolean | ColumnType::Other(_))
                });
            let is_useless =
                first_key == Some(&column) || self.partition_by.contains(&column) || wanted.contains(&column);
            if is_equality && can_have && !is_useless && wanted.len() < self.bloom.len() + MOST_BLOOMS {
                wanted.push(column);
            }
        }
        Self {
            bloom: wanted,
            ..self.clone()
        }
    }

    /// Sorted by each column first that the questions filter by.
    pub fn sorts(&self, questions: &[Question]) -> Vec<Self> {
        filtered(questions)
            .into_iter()
            .map(|(column, _)| column)
            .filter(|column| !self.partition_by.contains(column))
            .filter(|column| self.sort_keys.first().is_none_or(|key| key.column != *column))
            .take(MOST_SORTS)
            .map(|column| {
                let others = self.sort_keys.iter().filter(|key| key.column != column);
                let first = SortKey {
                    column: column.clone(),
                    descending: false,
                };
                Self {
                    sort_keys: std::iter::once(first).chain(others.cloned()).collect(),
                    ..self.clone()
                }
            })
            .collect()
    }

    /// With smaller and larger row groups, as far as the rows would come to lie otherwise.
    pub fn row_groups(&self, rows: u64) -> Vec<Self> {
        let sizes = [self.row_group_rows / 2, self.row_group_rows.saturating_mul(2)];
        // Rows that fit into one row group of either size lie as before.
        let smaller = |size: usize| size.min(self.row_group_rows) as u64;
        sizes
            .into_iter()
            .filter(|&size| size >= LEAST_GROUP_ROWS && smaller(size) < rows)
            .map(|row_group_rows| Self {
                row_group_rows,
                ..self.clone()
            })
            .collect()
    }

    /// With zstd trying less and more.
    pub fn levels(&self) -> Vec<Self> {
        let levels = LEVELS.iter().filter(|level| **level != self.zstd_level);
        levels
            .map(|&zstd_level| Self {
                zstd_level,
                ..self.clone()
            })
            .collect()
    }
}

/// Columns that the questions filter by, in their order, and whether one compares for equality.
fn filtered(questions: &[Question]) -> Vec<(String, bool)> {
    let terms = || questions.iter().flat_map(|question| &question.slice.terms);
    let equal: BTreeSet<&String> = terms()
        .filter(|term| matches!(term.kind, Kind::Among(_)))
        .map(|term| &term.column)
        .collect();
    let mut columns: Vec<(String, bool)> = Vec::new();
    for term in terms() {
        if !columns.iter().any(|(known, _)| *known == term.column) {
            columns.push((term.column.clone(), equal.contains(&term.column)));
        }
    }
    columns
}

/// As `cluster_by` has it: a name with a space says its direction, so that its last word is not taken for one.
fn key_text(key: &SortKey) -> String {
    let direction = match (key.descending, key.column.contains(char::is_whitespace)) {
        (true, _) => " desc",
        (false, true) => " asc",
        (false, false) => "",
    };
    yaml_word(&format!("{}{direction}", key.column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::{Slice, Term};

    fn candidate(cluster_by: &[(&str, bool)]) -> Candidate {
        let keys = cluster_by.iter().map(|(column, descending)| SortKey {
            column: (*column).to_owned(),
            descending: *descending,
        });
        Candidate {
            sort_keys: keys.collect(),
            ..Candidate::of(&ModelHeader::default())
        }
    }

    fn question(column: &str, is_equality: bool) -> Question {
        let value = duckdb::arrow::array::new_empty_array(&duckdb::arrow::datatypes::DataType::Utf8);
        let inclusive = true;
        let term = Term {
            column: column.to_owned(),
            kind: if is_equality {
                Kind::Among(value)
            } else {
                Kind::From { value, inclusive }
            },
        };
        Question {
            sql: String::new(),
            slice: Slice {
                terms: vec![term],
                ..Slice::default()
            },
        }
    }

    #[test]
    fn lines_name_what_differs_and_read_back_as_it_was() {
        let base = candidate(&[("a", false)]);
        assert!(base.lines(&base).is_empty());
        let other = Candidate {
            bloom: vec![
                "x: y".to_owned(),
                "a*/b ".to_owned(),
                "no".to_owned(),
                "plain".to_owned(),
            ],
            row_group_rows: 65_536,
            zstd_level: 19,
            ..candidate(&[("b", true), ("last desc", false), ("été", false)])
        };
        let lines = other.lines(&base).join("\n");
        assert!(lines.contains("[b desc, last desc asc, \"été\"]"), "{lines}");
        let header: ModelHeader =
            ModelHeader::of(&format!("/* @ingest\n{lines}\n*/ SELECT 1")).expect("a header");
        assert_eq!(Candidate::of(&header), other);
    }

    #[test]
    fn sorts_put_a_filtered_column_first_and_keep_the_others() {
        let base = candidate(&[("a", true), ("b", false)]);
        let sorts = base.sorts(&[question("b", false), question("a", false), question("c", true)]);
        let keys = |candidate: &Candidate| -> Vec<String> {
            let keys = candidate.sort_keys.iter().map(|key| key.column.clone());
            keys.collect()
        };
        let sorts: Vec<_> = sorts.iter().map(keys).collect();
        assert_eq!(sorts, [vec!["b", "a"], vec!["c", "a", "b"]]);
    }

    #[test]
    fn row_groups_that_change_nothing_are_not_tried() {
        let sizes = |rows| -> Vec<usize> {
            let tried = candidate(&[]).row_groups(rows);
            tried.iter().map(|candidate| candidate.row_group_rows).collect()
        };
        assert_eq!(sizes(10_000), [0; 0]);
        assert_eq!(sizes(100_000), [61_440]);
        assert_eq!(sizes(1_000_000), [61_440, 245_760]);
    }
}
