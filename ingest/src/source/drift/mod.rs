//! Columns of a source that are not as they were when rows of it were last taken in.
//!
//! Invariant: what is left out is counted and told; a value that is read has the type that it is said to have.
//!
//! Entry point: [`settle`].

mod change;
mod fit;

use std::collections::{BTreeMap, BTreeSet};

use super::load::{by_origin, unfit, without};
use super::reader::{Function, Reader, Selected};
use super::{KnownTypes, LoadedSource, Readers, Rejected, SourceError, SourceFile};
use crate::engine::{Engine, EngineError, sql};
use crate::project::Drift;

pub use change::{Change, Difference, Drifted};
pub use fit::common;

use fit::Fit;

/// Reads a source of which it is known how it was read before, and keeps to that or not, as the project says.
pub(super) fn settle(
    reader: &mut Reader<'_>,
    engine: &Engine,
    files: &[SourceFile],
    known: &KnownTypes,
    readers: Readers,
    drift: Drift,
) -> Result<LoadedSource, SourceError> {
    let (files, rejected) = fit_files(reader, engine, files)?;
    let mut case = Case {
        reader,
        engine,
        files: &files,
        known,
        readers,
        drift,
    };
    match case.settle() {
        Ok(loaded) => Ok(LoadedSource { rejected, ..loaded }),
        Err(told) => {
            let mut failure = SourceError::of_files(rejected);
            failure.complaints.extend(told);
            Err(failure)
        }
    }
}

/// The files of which columns can be told, and the others.
fn fit_files(
    reader: &mut Reader<'_>,
    engine: &Engine,
    files: &[SourceFile],
) -> Result<(Vec<SourceFile>, Vec<Rejected>), SourceError> {
    reader.forget_types();
    let is_well = reader.function != Function::Parquet && reader.describe(engine, files).is_ok();
    let rejected = match is_well {
        true => Vec::new(),
        false => unfit(reader, engine, files),
    };
    let fit = without(files, &rejected);
    if fit.is_empty() || rejected.iter().any(Rejected::is_of_machine) {
        return Err(SourceError::of_files(rejected));
    }
    Ok((fit, rejected))
}

/// What is to be found out.
struct Case<'a, 'r> {
    reader: &'a mut Reader<'r>,
    engine: &'a Engine,
    files: &'a [SourceFile],
    known: &'a KnownTypes,
    readers: Readers,
    drift: Drift,
}

/// Columns as the files have them now.
struct Now {
    columns: Vec<(String, String)>,
    /// Those that there were not.
    new: Vec<(String, String)>,
    /// Those that may hold values which do not fit.
    unfit: Vec<Fit>,
}

/// What went wrong, complaint by complaint.
type Told<T> = Result<T, Vec<String>>;

impl Case<'_, '_> {
    fn settle(&mut self) -> Told<LoadedSource> {
        let now = self.look()?;
        // An empty column of CSV looks like text. Texts of JSON are texts, which would be cast without a word.
        let seems_alike =
            self.reader.function == Function::Csv && now.unfit.iter().all(|fit| fit.now == "VARCHAR");
        if now.new.is_empty() && (now.unfit.is_empty() || seems_alike) {
            let made = self.make(self.known);
            if made.is_ok() || now.unfit.is_empty() && !self.is_text() {
                return made;
            }
        }
        if self.is_text() && self.readers == Readers::Models {
            self.reader.look_at_all_rows();
            // Text stays as it is written.
            let mut texts = self.known.clone();
            texts.retain(|_, duck_type| duck_type == "VARCHAR");
            self.reader.fix_types(texts);
        }
        let now = self.look()?;
        let raw = match self.is_text() && self.readers == Readers::Models {
            true => Some(
                self.reader
                    .raw_table(self.engine, self.files)
                    .map_err(|e| self.told(&e))?,
            ),
            false => None,
        };
        let settled = self.decide(now, raw.as_deref());
        if let Some(raw) = &raw {
            let dropped = self.engine.execute(&format!("DROP TABLE IF EXISTS {raw}"));
            dropped.map_err(|error| self.told(&error))?;
        }
        settled
    }

    fn is_text(&self) -> bool {
        self.reader.function != Function::Parquet
    }

    fn told(&self, error: &EngineError) -> Vec<String> {
        vec![by_origin(error, self.files)]
    }

    fn look(&self) -> Told<Now> {
        let columns = self.reader.describe(self.engine, self.files);
        let columns = columns.map_err(|error| self.told(&error))?;
        let is_new = |(name, _): &&(String, String)| !self.known.contains_key(name);
        let unfit = columns.iter().filter_map(|(name, now)| {
            let before = self.known.get(name)?;
            let fits = common(self.engine, before, now).as_ref() == Some(before);
            (!fits).then(|| Fit::new(name, before, now))
        });
        Ok(Now {
            new: columns.iter().filter(is_new).cloned().collect(),
            unfit: unfit.collect(),
            columns,
        })
    }

    /// Reads all columns as these types.
    fn make(&mut self, types: &KnownTypes) -> Told<LoadedSource> {
        self.reader.casts = true;
        let made = self.reader.make(self.engine, self.files, types, self.readers);
        made.map_err(|error| self.told(&error))
    }

    fn decide(&mut self, mut now: Now, raw: Option<&str>) -> Told<LoadedSource> {
        let relation = raw.map_or_else(|| self.reader.call(self.files), str::to_owned);
        if self.reader.function == Function::Csv {
            let formats = fit::Formats::of(self.engine, self.reader, self.files, &now.unfit);
            now.unfit.iter_mut().for_each(|fit| fit.formats = formats.clone());
        }
        let counts = self.count(&now, &relation)?;
        now.unfit.retain(|fit| counts.is_there(&fit.column));
        let gone = self.gone(&now);
        if now.new.is_empty() && now.unfit.is_empty() {
            return Ok(LoadedSource {
                drifted: gone,
                ..self.make(self.known)?
            });
        }
        let mut drifted = self.differences(&now, &counts);
        drifted.changes.extend(gone.changes);
        match self.drift {
            Drift::Freeze => Err(drifted.refusal()),
            Drift::Evolve => {
                let mut types = self.known.clone();
                for fit in &now.unfit {
                    let wider = common(self.engine, &fit.before, &fit.now);
                    types.insert(fit.column.clone(), wider.unwrap_or_else(|| "VARCHAR".to_owned()));
                }
                for change in &mut drifted.changes {
                    if let (Difference::Type { now, .. }, Some(wider)) =
                        (&mut change.difference, types.get(&change.column))
                    {
                        wider.clone_into(now);
                    }
                }
                Ok(LoadedSource {
                    drifted,
                    ..self.make(&types)?
                })
            }
            Drift::DiscardRow | Drift::DiscardValue => {
                if self.drift == Drift::DiscardRow {
                    drifted.rows_left_out = counts.rows;
                }
                let loaded = self.discard(&now, raw);
                loaded
                    .map(|loaded| LoadedSource { drifted, ..loaded })
                    .map_err(|error| self.told(&error))
            }
        }
    }

    /// Makes the table with the columns that there were.
    fn discard(&mut self, now: &Now, raw: Option<&str>) -> Result<LoadedSource, EngineError> {
        let old: Vec<(String, String)> = now
            .columns
            .iter()
            .filter_map(|(name, _)| Some((name.clone(), self.known.get(name)?.clone())))
            .collect();
        let selected: Vec<Selected> = self
            .reader
            .columns(&old)
            .into_iter()
            .map(|column| {
                let unfit = now.unfit.iter().find(|fit| fit.column == column.original);
                let original = sql::identifier(&column.original);
                let value = match unfit {
                    Some(fit) => fit.value(),
                    None => format!("CAST({original} AS {})", column.duck_type),
                };
                Selected { column, value }
            })
            .collect();
        let filter = (self.drift == Drift::DiscardRow).then(|| format!("NOT ({})", now.is_odd()));
        self.reader.create(
            self.engine,
            self.files,
            self.readers,
            selected,
            filter.as_deref(),
            raw,
        )
    }

    /// How many values do not fit, by column and file, where rows can be asked.
    fn count(&self, now: &Now, relation: &str) -> Told<Counts> {
        if self.readers == Readers::Plan {
            return Ok(Counts::default());
        }
        if let Some((name, _)) = now
            .columns
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("file_index"))
        {
            return Err(vec![format!(
                "its column `{name}` cannot be told from one that DuckDB's readers add: take the key drift out"
            )]);
        }
        let of_new = now
            .new
            .iter()
            .map(|(name, _)| (name, format!("count({})", sql::identifier(name))));
        let of_unfit = now
            .unfit
            .iter()
            .map(|fit| (&fit.column, format!("count(*) FILTER ({})", fit.is_unfit())));
        let (names, counted): (Vec<&String>, Vec<String>) = of_new.chain(of_unfit).unzip();
        let query = format!(
            "SELECT file_index::BIGINT, count(*) FILTER ({}), {} FROM {relation} GROUP BY ALL ORDER BY 1",
            now.is_odd(),
            counted.join(", ")
        );
        let rows = match counted.is_empty() {
            true => Vec::new(),
            false => self.engine.rows(&query).map_err(|error| self.told(&error))?,
        };
        let mut counts = Counts {
            is_known: true,
            ..Counts::default()
        };
        for row in &rows {
            let number = |place: usize| match row.get(place) {
                Some(duckdb::types::Value::BigInt(number)) => u64::try_from(*number).unwrap_or(0),
                _ => 0,
            };
            counts.rows += number(1);
            let origin = usize::try_from(number(0))
                .ok()
                .and_then(|index| self.files.get(index));
            for (place, name) in (2..).zip(&names) {
                if let (true, Some(file)) = (number(place) > 0, origin) {
                    let (files, values) = counts.columns.entry((*name).clone()).or_default();
                    files.insert(file.origin.clone());
                    *values += number(place);
                }
            }
        }
        Ok(counts)
    }

    /// Columns that no file has any more.
    fn gone(&self, now: &Now) -> Drifted {
        let is_gone = |name: &&String| now.columns.iter().all(|(known, _)| known != *name);
        Drifted {
            changes: self
                .known
                .keys()
                .filter(is_gone)
                .map(|name| Change::gone(name))
                .collect(),
            ..Drifted::default()
        }
    }

    /// What changed, with the files in which it did.
    fn differences(&self, now: &Now, counts: &Counts) -> Drifted {
        let mut found: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
        for file in self.files {
            let Ok(columns) = self.reader.describe(self.engine, std::slice::from_ref(file)) else {
                continue;
            };
            for (name, duck_type) in columns {
                let has_unfit = match counts.columns.get(&name) {
                    Some((files, _)) => files.contains(&file.origin),
                    None => false,
                };
                let is_unfit = |fit: &&Fit| fit.column == name && (has_unfit || !counts.is_known);
                let unfit = now.unfit.iter().find(is_unfit).map(|fit| fit.column.as_str());
                let new = now
                    .new
                    .iter()
                    .find(|(new, _)| *new == name)
                    .map(|(new, _)| new.as_str());
                if let Some(column) = new.or(unfit) {
                    found
                        .entry(column)
                        .or_default()
                        .push((file.origin.clone(), duck_type));
                }
            }
        }
        let count = |name: &str| {
            let (_, values) = counts.columns.get(name)?;
            Some(*values)
        };
        let change = |column: &str, difference| Change {
            column: column.to_owned(),
            difference,
            files: found.get(column).cloned().unwrap_or_default(),
            values: count(column).unwrap_or(0),
            treatment: Some(self.drift),
        };
        let new = now
            .new
            .iter()
            .map(|(name, now)| change(name, Difference::New { now: now.clone() }));
        let unfit = now.unfit.iter().map(|fit| {
            let (before, now) = (fit.before.clone(), fit.now.clone());
            change(&fit.column, Difference::Type { before, now })
        });
        Drifted {
            changes: new.chain(unfit).collect(),
            rows_left_out: 0,
        }
    }
}

impl Now {
    /// Whether a row holds something that there was not.
    fn is_odd(&self) -> String {
        let new = self
            .new
            .iter()
            .map(|(name, _)| format!("{} IS NOT NULL", sql::identifier(name)));
        let parts: Vec<String> = new.chain(self.unfit.iter().map(Fit::is_unfit)).collect();
        match parts.is_empty() {
            true => "false".to_owned(),
            false => parts.join(" OR "),
        }
    }
}

/// Values that do not fit.
#[derive(Default)]
struct Counts {
    /// Whether they were counted.
    is_known: bool,
    /// Rows that hold some.
    rows: u64,
    /// By column: the files that hold some, and how many there are.
    columns: BTreeMap<String, (BTreeSet<String>, u64)>,
}

impl Counts {
    /// Whether a column holds some, as far as that is known.
    fn is_there(&self, column: &str) -> bool {
        !self.is_known || self.columns.contains_key(column)
    }
}
