//! Rows of a hash and a boolean: as cheap to compute as rows can be, and hard to compress.
//!
//! Entry point: [`sample`].

use catalog::Role;

use super::sample::{Described, Sample};

const ROWS: &str = include_str!("simple.sql");
const COLUMNS: [Described; 2] = [
    Described {
        name: "id",
        role: Some(Role::Dimension),
        nullable: false,
        text: "hash(i * 10 + j), which is nearly unique.",
    },
    Described {
        name: "is_odd",
        role: None,
        nullable: false,
        text: "Whether j is odd.",
    },
];

/// The rows; `i` goes up by one every 50,000 rows, in which `j` counts from 1.
pub(super) fn sample(rows: u64) -> Sample {
    Sample {
        text: "Hashes and booleans.".to_owned(),
        macros: String::new(),
        select: ROWS.replace("{rows}", &rows.to_string()),
        columns: &COLUMNS,
        sorted_by: None,
    }
}
