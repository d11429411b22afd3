//! Workbooks of Excel and LibreOffice.
//!
//! Invariant: a column is of one type in all files of a source: of that which holds all values exactly, else text. A cell
//! that is an error is an error.
//!
//! Entry point: [`convert_all`].

mod columns;
mod kind;
mod sheet;
mod value;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use duckdb::arrow::array::ArrayRef;
use duckdb::arrow::datatypes::{Field, Schema};
use duckdb::arrow::record_batch::RecordBatch;

use self::columns::Column;
use self::kind::Kind;
use self::sheet::Sheet;
use super::{Conversion, Notes, Outcome};
use crate::project::SourceConfig;
use crate::source::parquet_file::ParquetFile;
use crate::source::{SourceError, SourceFile};

/// Rows that are handed on at once.
const BATCH_ROWS: usize = 65_536;
/// Cells that a complaint names.
const NAMED_CELLS: usize = 3;

/// What each column is read as.
type Kinds = BTreeMap<String, Kind>;

/// Options of `[sources.NAME]`, where DuckDB's own reader has them by its names.
struct Options {
    sheet: Option<String>,
    /// The row that holds the names of columns, counted as the workbook shows it.
    header_row: Option<usize>,
    all_varchar: bool,
    ignore_errors: bool,
}

/// A workbook that was converted, and what its columns hold.
type Converted = (SourceFile, BTreeMap<String, Option<Kind>>, Notes);

/// Converts the files; where they differ in what a column holds, those once more of which it is read as something else.
pub(super) fn convert_all(job: &Conversion<'_>, files: &[SourceFile]) -> Result<Vec<Outcome>, SourceError> {
    let options = Options::of(job.name, job.config)?;
    let known = job.known_types.iter();
    let before: Kinds = known
        .filter_map(|(name, duck_type)| Some((name.clone(), Kind::of_duck_type(duck_type)?)))
        .collect();
    let first: Vec<Result<Converted, String>> = job.each(files, |_, file| {
        let (converted, (kinds, notes)) =
            job.one(file, |path| convert(&file.path, path, &options, &before))?;
        Ok((converted, kinds, notes))
    });
    let mut common = Kinds::new();
    for (_, kinds, _) in first.iter().flatten() {
        for (name, kind) in kinds {
            if let Some(kind) = kind {
                let known = common.entry(name.clone()).or_insert(*kind);
                *known = known.with(*kind);
            }
        }
    }
    Ok(job.each(files, |index, file| {
        let (converted, kinds, notes) = first[index].clone()?;
        if kinds.iter().all(|(name, kind)| common.get(name) == kind.as_ref()) {
            return Ok((converted, notes));
        }
        let (converted, (_, mut notes)) =
            job.one(file, |path| convert(&file.path, path, &options, &common))?;
        for (name, kind) in kinds {
            if let Some(kind) =
                kind.filter(|kind| *kind != Kind::Text && common.get(&name) == Some(&Kind::Text))
            {
                notes.push(format!(
                    "column `{name}` holds {} here and other things in other files: it is read as text",
                    kind.in_words()
                ));
            }
        }
        Ok((converted, notes))
    }))
}

/// Reads a workbook and writes its rows. Columns of `required` are of that kind; others of what their values are.
fn convert(
    raw: &Path,
    parquet: &Path,
    options: &Options,
    required: &Kinds,
) -> Result<(BTreeMap<String, Option<Kind>>, Notes), String> {
    let sheet = Sheet::read(raw, options.sheet.as_deref(), options.header_row)?;
    let rows: Vec<usize> = sheet.rows().collect();
    let mut errors = Vec::new();
    let columns = Column::of(&sheet, &rows, &mut errors);
    if !errors.is_empty() && !options.ignore_errors {
        return Err(format!(
            "{}: mend the formula, or take such cells for empty with options = {{ ignore_errors = true }}",
            named(&errors)
        ));
    }
    let mut notes = Notes::new();
    let mut kinds = BTreeMap::new();
    let mut misfits = Vec::new();
    let mut fields = Vec::new();
    for column in &columns {
        let kind = match required.get(&column.name) {
            _ if options.all_varchar => Some(Kind::Text),
            Some(kind) => Some(*kind),
            None => column.kind(),
        };
        let stored = kind.unwrap_or(Kind::Text);
        if let Some(misfit) = column.misfit(&sheet, stored) {
            misfits.push(format!(
                "{misfit}, and column `{}` was read as {} before",
                column.name,
                stored.duck_type()
            ));
        }
        if let Some(mixture) = column.mixture(&sheet).filter(|_| !options.all_varchar) {
            notes.push(format!(
                "column `{}` holds {mixture}: it is read as text",
                column.name
            ));
        }
        kinds.insert(column.name.clone(), kind);
        fields.push((column, stored));
    }
    if !misfits.is_empty() {
        return Err(format!(
            "{}: correct it, or run with --full-refresh if the column has changed",
            named(&misfits)
        ));
    }
    let arrays = |rows: &[usize]| -> Vec<ArrayRef> {
        fields
            .iter()
            .map(|(column, kind)| column.array(&sheet, rows, *kind))
            .collect()
    };
    let schema = Arc::new(Schema::new(
        fields
            .iter()
            .zip(arrays(&[]))
            .map(|((column, _), array)| Field::new(&column.name, array.data_type().clone(), true))
            .collect::<Vec<_>>(),
    ));
    let mut file = ParquetFile::create(parquet, schema.clone())?;
    for some in rows.chunks(BATCH_ROWS) {
        let batch = RecordBatch::try_new(schema.clone(), arrays(some)).map_err(|error| error.to_string())?;
        file.write(&batch)?;
    }
    file.finish()?;
    Ok((kinds, notes))
}

/// The first of many, and how many there are beside.
fn named(cells: &[String]) -> String {
    let (first, others) = cells.split_at(cells.len().min(NAMED_CELLS));
    let first = first.join(", ");
    match others.len() {
        0 => first,
        count => format!("{first}, and so on in {count} more"),
    }
}

impl Options {
    fn of(source: &str, config: &SourceConfig) -> Result<Self, SourceError> {
        let refused = |option: &str, kind: &str| {
            SourceError::one(format!("[sources.{source}]: the option {option} is to be {kind}"))
        };
        let flag = |option: &str| match config.options.get(option) {
            None => Ok(false),
            Some(toml::Value::Boolean(flag)) => Ok(*flag),
            Some(_) => Err(refused(option, "true or false")),
        };
        Ok(Self {
            sheet: match config.options.get("sheet") {
                None => None,
                Some(toml::Value::String(name)) => Some(name.clone()),
                Some(_) => return Err(refused("sheet", "the name of a sheet, in quotes")),
            },
            header_row: match config.options.get("header_row") {
                None => None,
                Some(toml::Value::Integer(row)) if *row >= 1 => usize::try_from(*row).ok(),
                Some(_) => return Err(refused("header_row", "the number of a row, from 1")),
            },
            all_varchar: flag("all_varchar")?,
            ignore_errors: flag("ignore_errors")?,
        })
    }
}
