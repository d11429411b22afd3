//! Where one partition's rows end and the next one's begin.
//!
//! Invariant: a partition's rows come together; one that comes again is an error, since its file is finished.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use catalog::{Column, Scalar};
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::compute::partition;
use duckdb::arrow::datatypes::DataType;
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::arrow::util::display::array_value_to_string;

use super::GoldError;
use super::sketch::Tally;

/// What Hive calls a partition of NULL.
pub(crate) const NULL_PART: &str = "__HIVE_DEFAULT_PARTITION__";
/// The longest name of a folder that file systems take.
const MAX_PART_BYTES: usize = 255;
/// The longest path of folders: S3 takes keys of 1,024 bytes, in which prefix, table and file have their place too.
const MAX_PATH_BYTES: usize = 640;

/// Values of the partition columns that a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Partition {
    /// Values by column.
    pub values: BTreeMap<String, Scalar>,
    /// `column=value`, outermost first, as parts of an object key.
    pub parts: Vec<String>,
}

/// Rows of a batch that belong to one partition.
pub(super) struct Stretch {
    /// Which rows.
    pub rows: Range<usize>,
    /// The partition that begins with them, where they are its first ones.
    pub begins: Option<Partition>,
}

/// Cuts batches where partitions change.
pub(super) struct Partitions {
    columns: Vec<(usize, Column)>,
    /// Parts of the paths of all partitions so far.
    begun: BTreeSet<Vec<String>>,
    current: Option<Partition>,
}

impl Partitions {
    /// By these columns, outermost first. Fails where one is not in the table, or cannot be a part of a path.
    pub fn by(names: &[String], columns: &[Column]) -> Result<Self, GoldError> {
        let columns = names.iter().map(|name| {
            let index = columns.iter().position(|column| column.name == *name);
            let index = index.ok_or_else(|| GoldError::Partition(format!("partition_by names `{name}`, which the table does not have")))?;
            let column = columns[index].clone();
            match column.column_type {
                catalog::ColumnType::Binary | catalog::ColumnType::Other(_) => Err(GoldError::Partition(format!(
                    "partition_by names `{name}`, whose type {} cannot be a part of a path: use a column of text, numbers, dates or truth values",
                    column.column_type
                ))),
                _ => Ok((index, column)),
            }
        });
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            begun: BTreeSet::new(),
            current: None,
        })
    }

    /// The stretches of a batch that belong to one partition each.
    pub fn cut(&mut self, batch: &RecordBatch) -> Result<Vec<Stretch>, GoldError> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        if self.columns.is_empty() {
            let first = self.current.is_none().then(Partition::default);
            self.current.get_or_insert_default();
            return Ok(vec![Stretch {
                rows: 0..batch.num_rows(),
                begins: first,
            }]);
        }
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|(index, _)| batch.column(*index).clone())
            .collect();
        let mut cut = Vec::new();
        for rows in partition(&arrays)?.ranges() {
            let here = self.at(&arrays, rows.start)?;
            if self.current.as_ref() == Some(&here) {
                cut.push(Stretch { rows, begins: None });
                continue;
            }
            if !self.begun.insert(here.parts.clone()) {
                return Err(GoldError::Partition(format!(
                    "rows of the partition {} do not come together: order them by the columns of partition_by first",
                    here.parts.join("/")
                )));
            }
            self.current = Some(here.clone());
            cut.push(Stretch {
                rows,
                begins: Some(here),
            });
        }
        Ok(cut)
    }

    fn at(&self, arrays: &[ArrayRef], row: usize) -> Result<Partition, GoldError> {
        let mut here = Partition::default();
        for ((_, column), array) in self.columns.iter().zip(arrays) {
            let value = value_at(column, array, row)?;
            let part = match &value {
                Scalar::Null => NULL_PART.to_owned(),
                value => percent_encoded(&value.to_string()),
            };
            let part = format!("{}={part}", percent_encoded(&column.name));
            if part.len() > MAX_PART_BYTES {
                return Err(too_long(column, &value, part.len(), MAX_PART_BYTES));
            }
            here.parts.push(part);
            let bytes = here.parts.iter().map(|part| part.len() + 1).sum();
            if bytes > MAX_PATH_BYTES {
                return Err(too_long(column, &value, bytes, MAX_PATH_BYTES));
            }
            here.values.insert(column.name.clone(), value);
        }
        Ok(here)
    }
}

fn value_at(column: &Column, array: &ArrayRef, row: usize) -> Result<Scalar, GoldError> {
    if array.is_null(row) {
        return Ok(Scalar::Null);
    }
    if *array.data_type() == DataType::Utf8 {
        return Ok(Scalar::Text(array.as_string::<i32>().value(row).to_owned()));
    }
    // The ends of one value are that value.
    match Tally::of(column).add(&array.slice(row, 1)) {
        None => Ok(Scalar::Text("NaN".to_owned())),
        Some((Scalar::Null, _)) => Err(GoldError::Partition(format!(
            "partition_by names `{0}`, which holds {1}: the years of values that files are partitioned by are 0 to 9999. \
             Leave such rows out, make them NULL, or partition by text, as in CAST({0} AS VARCHAR)",
            column.name,
            array_value_to_string(array, row).unwrap_or_else(|_| "a time beyond the calendar".to_owned()),
        ))),
        Some((value, _)) => Ok(value),
    }
}

fn too_long(column: &Column, value: &Scalar, bytes: usize, most: usize) -> GoldError {
    let value = value.to_string();
    let mut shown: String = value.chars().take(40).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    GoldError::Partition(format!(
        "partition_by names `{0}`, whose value `{shown}` makes the path of a file too long ({bytes} bytes, at most {most}; \
         what is no letter or digit takes three for each byte): partition by fewer or shorter values, as in left({0}, 20)",
        column.name
    ))
}

/// What is not a letter, a digit, `-`, `_`, `.` or `~` is percent-encoded, so that no text is taken for NULL or for a
/// file that is hidden or a lock.
fn percent_encoded(text: &str) -> String {
    let hides = text.starts_with('.') || text.ends_with(".lock");
    let mut encoded = String::with_capacity(text.len());
    if text == NULL_PART {
        return format!("%5F{}", &text[1..]);
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || byte == b'.' && !hides {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_paths_are_percent_encoded() {
        for (text, expected) in [
            ("2001-02", "2001-02"),
            ("a b/c", "a%20b%2Fc"),
            ("é=1", "%C3%A9%3D1"),
            ("..", "%2E%2E"),
            ("1.5", "1.5"),
            (".tmp", "%2Etmp"),
            ("a.lock", "a%2Elock"),
            ("__HIVE_DEFAULT_PARTITION__", "%5F_HIVE_DEFAULT_PARTITION__"),
        ] {
            assert_eq!(percent_encoded(text), expected);
        }
    }
}
