//! What differs in a source from what it was, in words and in a run's record.

use serde::Serialize;

use crate::print;
use crate::project::Drift;

/// All that differs in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drifted {
    /// Column by column.
    pub changes: Vec<Change>,
    /// Rows that are not in the table because of it.
    pub rows_left_out: u64,
}

/// What differs in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name in raw files.
    pub column: String,
    /// How it differs.
    #[serde(flatten)]
    pub difference: Difference,
    /// The files in which it does, with the type that it has there.
    pub files: Vec<(String, String)>,
    /// Values that there were not, or that are not of the type.
    pub values: u64,
    /// What became of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treatment: Option<Drift>,
}

/// How a column differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// It was not there.
    New {
        /// Its type.
        now: String,
    },
    /// It had another type.
    Type {
        /// The former one.
        before: String,
        /// That which it has now.
        now: String,
    },
    /// No file has it any more.
    Gone,
}

impl Drifted {
    /// Each change in words.
    pub fn words(&self) -> Vec<String> {
        let changes = self.changes.iter().map(Change::words);
        let rows = (self.rows_left_out > 0).then(|| {
            let verb = if self.rows_left_out == 1 { "is" } else { "are" };
            format!("{} {verb} left out", print::counted(self.rows_left_out, "row"))
        });
        changes.chain(rows).collect()
    }

    /// Why a source that is frozen is not read.
    pub(super) fn refusal(&self) -> Vec<String> {
        let differs = |change: &&Change| change.difference != Difference::Gone;
        let mut told: Vec<String> = Vec::new();
        for change in self.changes.iter().filter(differs) {
            if change.files.is_empty() {
                told.push(change.what(None));
            }
            for (file, now) in &change.files {
                told.push(format!("{file}: {}", change.what(Some(now))));
            }
        }
        told.push(
            "drift = \"freeze\" takes nothing in that is not as before: mend the files, accept the change with \
             --full-refresh, or set drift to \"evolve\", \"discard_row\" or \"discard_value\""
                .to_owned(),
        );
        told
    }
}

impl Change {
    /// A column that no file has any more.
    pub(super) fn gone(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            difference: Difference::Gone,
            files: Vec::new(),
            values: 0,
            treatment: None,
        }
    }

    /// What differs; of one file, if its type is given.
    fn what(&self, of_file: Option<&str>) -> String {
        let column = &self.column;
        match &self.difference {
            Difference::New { now } => format!("column `{column}` is new: {}", of_file.unwrap_or(now)),
            Difference::Type { before, now } => {
                format!("column `{column}` was {before} and is {}", of_file.unwrap_or(now))
            }
            Difference::Gone => format!("column `{column}` is gone"),
        }
    }

    fn words(&self) -> String {
        let place = match self.files.as_slice() {
            [] => String::new(),
            [(file, _)] => format!(" ({file})"),
            [(file, _), others @ ..] => format!(" ({file} and {} more)", others.len()),
        };
        let values = print::counted(self.values, "value");
        let became = match (&self.difference, self.treatment) {
            (Difference::Gone, _) | (_, None | Some(Drift::Evolve | Drift::Freeze)) => String::new(),
            (_, Some(Drift::DiscardRow)) => format!("; rows with {values} of it are left out"),
            (Difference::New { .. }, Some(Drift::DiscardValue)) => format!("; it is dropped, with {values}"),
            (Difference::Type { .. }, Some(Drift::DiscardValue)) => format!("; {values} of it became NULL"),
        };
        format!("{}{place}{became}", self.what(None))
    }
}
