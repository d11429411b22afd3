//! What DuckDB sees in a source: columns, types, NULL, how many values there are.
//!
//! Invariant: what is said of rows holds for all of them, unless it is said to hold for a sample. Files are read as a run
//! will read them.
//!
//! Entry point: [`look`].

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::types::Value;

use super::files::Group;
use crate::engine::{Engine, EngineError, Resources, sql};
use crate::gold;
use crate::plan::Name;
use crate::project::{SourceConfig, SourceFormat};
use crate::source::{
    KnownTypes, LoadedSource, Readers, Rejected, SourceError, SourceFile, Stage, format_of, load,
};

/// Up to so many bytes all rows are looked at; of more, [`SAMPLE_ROWS`] of them.
const WHOLE_BYTES: u64 = 1 << 30;
/// Rows of a sample.
const SAMPLE_ROWS: u64 = 1_000_000;

/// A source as it was seen.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// The table's name, as it is written in SQL.
    pub table: String,
    /// Files that were looked at.
    pub files: usize,
    /// Rows that were looked at.
    pub rows: u64,
    /// Whether there may be more rows.
    pub is_sample: bool,
    /// Options that the reader needs.
    pub options: BTreeMap<String, toml::Value>,
    /// Columns in order; none has a type that gold refuses.
    pub columns: Vec<Column>,
    /// What is wrong with files that are left out.
    pub rejected: Vec<String>,
    /// What else a person should know of the files.
    pub warnings: Vec<String>,
}

/// A column as it was seen.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// In headers.
    pub name: String,
    /// As it is written in SQL.
    pub sql: String,
    /// In the raw files.
    pub original: String,
    /// Its type in silver.
    pub duck_type: String,
    /// The cast that silver makes, if any.
    pub cast: Option<String>,
    /// Rows where it is NULL.
    pub nulls: u64,
    /// How many values it has, about.
    pub distinct: u64,
    /// Whether it tells all rows apart.
    pub is_key: bool,
}

/// Reads files of a group, in a database of its own below the folder.
pub(super) fn look(
    group: &Group,
    files: &[SourceFile],
    stage: &Stage,
    scratch: &Path,
    resources: &Resources,
) -> Result<Look, SourceError> {
    let bytes: u64 = files.iter().map(|file| file.input.bytes).sum();
    let readers = if bytes <= WHOLE_BYTES {
        Readers::Models
    } else {
        Readers::Plan
    };
    let mut best: Option<Look> = None;
    let mut failure = None;
    let declared = SourceConfig::of_path(&group.path);
    let is_whole = readers == Readers::Models && files.len() == group.files.len();
    let width = |options: &Options| -> Option<usize> {
        let engine = Engine::open(scratch, resources).ok()?;
        let config = SourceConfig {
            options: options.clone(),
            ..declared.clone()
        };
        let known = KnownTypes::new();
        let loaded = load(&engine, &group.name, &config, files, &known, Readers::Plan, stage).ok()?;
        Some(loaded.columns.len())
    };
    for options in attempts(files.len(), is_text(&declared), width) {
        let config = SourceConfig {
            options,
            ..declared.clone()
        };
        let seen = || -> Result<Look, SourceError> {
            let engine = Engine::open(scratch, resources).map_err(SourceError::one)?;
            let loaded = load(
                &engine,
                &group.name,
                &config,
                files,
                &KnownTypes::new(),
                readers,
                stage,
            )?;
            let seen = profile(&engine, group, &config, &loaded, readers).map_err(SourceError::one)?;
            Ok(Look {
                files: files.len(),
                is_sample: !is_whole,
                ..seen
            })
        };
        match seen() {
            Ok(look) if look.rejected.is_empty() => return Ok(look),
            // What leaves the fewest files out, and of those the simplest.
            Ok(look)
                if best
                    .as_ref()
                    .is_none_or(|best| look.rejected.len() < best.rejected.len()) =>
            {
                best = Some(look);
            }
            Ok(_) => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    best.ok_or_else(|| failure.unwrap_or_else(|| SourceError::one("there is no file")))
}

type Options = BTreeMap<String, toml::Value>;

/// Options to read so many files with, the simplest first: as it is, with types by all rows, with columns by their names.
/// `width` tells how many columns there are by given options.
fn attempts(files: usize, is_text: bool, width: impl Fn(&Options) -> Option<usize>) -> Vec<Options> {
    let all_rows = ("sample_size".to_owned(), toml::Value::Integer(-1));
    let by_name = BTreeMap::from([("union_by_name".to_owned(), toml::Value::Boolean(true))]);
    let mut attempts = vec![BTreeMap::new()];
    if files > 1 {
        // Otherwise DuckDB goes by the columns of the first file, and says nothing of others.
        if width(&by_name) > width(&attempts[0]) {
            attempts.clear();
        }
        attempts.push(by_name);
    }
    if is_text {
        let with_all_rows: Vec<_> = attempts.clone();
        attempts.extend(with_all_rows.into_iter().map(|mut options| {
            options.extend([all_rows.clone()]);
            options
        }));
    }
    attempts
}

fn is_text(config: &SourceConfig) -> bool {
    format_of(config).is_ok_and(|format| matches!(format, SourceFormat::Csv | SourceFormat::Json))
}

fn profile(
    engine: &Engine,
    group: &Group,
    config: &SourceConfig,
    loaded: &LoadedSource,
    readers: Readers,
) -> Result<Look, EngineError> {
    let is_text = is_text(config);
    let keywords = engine.keywords()?;
    let mut columns: Vec<Column> = loaded
        .columns
        .iter()
        .map(|column| {
            let cast = cast(&column.duck_type, is_text);
            Column {
                name: column.name.clone(),
                sql: sql::written(&column.name, &keywords),
                original: column.original.clone(),
                duck_type: cast.clone().unwrap_or_else(|| column.duck_type.clone()),
                cast,
                nulls: 0,
                distinct: 0,
                is_key: false,
            }
        })
        .collect();
    let list: Vec<String> = columns
        .iter()
        .map(|column| {
            let name = sql::identifier(&column.name);
            match &column.cast {
                Some(cast) => format!("{name}::{cast} AS {name}"),
                None => name,
            }
        })
        .collect();
    let limit = match readers {
        Readers::Models => String::new(),
        Readers::Plan => format!(" LIMIT {SAMPLE_ROWS}"),
    };
    let relation = format!(
        "(SELECT {} FROM {}{limit})",
        list.join(", "),
        Name::of_source(&group.name).quoted()
    );
    let mut counts = vec!["count(*)".to_owned()];
    for column in &columns {
        let name = sql::identifier(&column.name);
        counts.push(format!("count({name})"));
        counts.push(format!("approx_count_distinct({name})"));
    }
    let counted = engine.row(&format!("SELECT {} FROM {relation}", counts.join(", ")))?;
    let mut counted = counted.iter().map(whole);
    let rows = counted.next().unwrap_or_default();
    for column in &mut columns {
        column.nulls = rows - counted.next().unwrap_or_default().min(rows);
        column.distinct = counted.next().unwrap_or_default();
    }
    for (at, column) in columns.iter_mut().enumerate() {
        if may_be_key(column, at, rows) {
            let name = sql::identifier(&column.name);
            let distinct = engine.count(&format!("SELECT count(DISTINCT {name}) FROM {relation}"))?;
            column.is_key = distinct == rows;
        }
    }
    Ok(Look {
        table: sql::written(&group.name, &keywords),
        files: 0,
        rows,
        is_sample: readers == Readers::Plan,
        options: config.options.clone(),
        columns,
        rejected: loaded.rejected.iter().map(Rejected::in_full).collect(),
        warnings: loaded.warnings.clone(),
    })
}

/// The cast that a column needs: to a type that gold takes, and in text to the type that it looks like today, so that
/// it stays what it is.
fn cast(duck_type: &str, is_text: bool) -> Option<String> {
    let as_is = gold::columns_of(&[("column".to_owned(), duck_type.to_owned())]);
    if as_is.is_err() {
        return Some(match duck_type {
            "TIMESTAMP_NS" => "TIMESTAMP".to_owned(),
            "TIME WITH TIME ZONE" | "TIME_NS" => "TIME".to_owned(),
            _ => "VARCHAR".to_owned(),
        });
    }
    let is_simple = duck_type.starts_with("DECIMAL(")
        || matches!(
            duck_type,
            "BOOLEAN" | "BIGINT" | "UBIGINT" | "INTEGER" | "DOUBLE" | "FLOAT" | "DATE" | "TIME" | "TIMESTAMP"
        );
    match duck_type {
        _ if !is_text => None,
        "TIMESTAMP WITH TIME ZONE" => Some("TIMESTAMPTZ".to_owned()),
        _ => is_simple.then(|| duck_type.to_owned()),
    }
}

/// Whether it is worth counting: it has a value in each row, about as many values as rows, and a name or place of a key.
fn may_be_key(column: &Column, at: usize, rows: u64) -> bool {
    const KEYS: [&str; 8] = ["id", "key", "uuid", "guid", "code", "number", "nr", "no"];
    let last_word = column.name.rsplit('_').next().unwrap_or_default();
    let is_whole = column.duck_type.ends_with("INT") || column.duck_type.ends_with("INTEGER");
    let is_text = matches!(column.duck_type.as_str(), "VARCHAR" | "UUID");
    rows > 1
        && column.nulls == 0
        // The estimate is some per cent off.
        && column.distinct >= rows - rows / 5
        && (is_whole || is_text)
        && (at == 0 || KEYS.contains(&last_word))
}

fn whole(value: &Value) -> u64 {
    match value {
        Value::BigInt(count) => u64::try_from(*count).unwrap_or_default(),
        Value::UBigInt(count) => *count,
        _ => 0,
    }
}
