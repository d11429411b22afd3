//! Makes a source's table with DuckDB's readers.

use crate::engine::{Engine, EngineError, sql};
use crate::plan::Name;
use crate::project::{SourceConfig, SourceFormat};

use super::{SourceError, SourceFile, format_of, sanitise_all};

/// A source that is a table now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedSource {
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: usize,
    /// Columns in order.
    pub columns: Vec<SourceColumn>,
}

/// A column of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumn {
    /// In SQL.
    pub name: String,
    /// In the raw file.
    pub original: String,
}

/// Who is going to read a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Models. Text is parsed once into a table; Parquet stays where it is, behind a view, so that only the columns
    /// that models use are read.
    Models,
    /// A plan, which wants columns only: nothing is parsed beyond what tells them.
    Plan,
}

/// Makes `source.NAME` of the files, in the engine's present context.
pub fn load(
    engine: &Engine,
    name: &str,
    config: &SourceConfig,
    files: &[SourceFile],
    readers: Readers,
) -> Result<LoadedSource, SourceError> {
    let format = format_of(config)?;
    let reader = Reader { format, config };
    let load = || -> Result<LoadedSource, EngineError> {
        let originals: Vec<String> = engine
            .describe(&format!("SELECT * FROM {}", reader.call(files)))?
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let names = sanitise_all(&originals);
        let columns: Vec<SourceColumn> = names
            .into_iter()
            .zip(originals)
            .map(|(name, original)| SourceColumn { name, original })
            .collect();
        let list: Vec<String> = columns
            .iter()
            .map(|column| {
                format!(
                    "{} AS {}",
                    sql::identifier(&column.original),
                    sql::identifier(&column.name)
                )
            })
            .collect();
        let kind = match (format, readers) {
            (SourceFormat::Parquet, _) | (_, Readers::Plan) => "VIEW",
            (SourceFormat::Csv | SourceFormat::Json, Readers::Models) => "TABLE",
        };
        let table = Name::of_source(name).quoted();
        engine.execute(&format!(
            "CREATE {kind} {table} AS SELECT {} FROM {}",
            list.join(", "),
            reader.call(files)
        ))?;
        let rows = match readers {
            Readers::Models => engine.count(&format!("SELECT count(*) FROM {table}"))?,
            Readers::Plan => 0,
        };
        Ok(LoadedSource {
            rows,
            files: files.len(),
            columns,
        })
    };
    match (format, load()) {
        // A view looks at the first file only; the others are looked at here.
        (SourceFormat::Parquet, Ok(loaded)) => {
            let complaints = reader.complaints(engine, files);
            if complaints.is_empty() {
                return Ok(loaded);
            }
            Err(SourceError { complaints })
        }
        (_, Ok(loaded)) => Ok(loaded),
        (_, Err(error)) => {
            let complaints = reader.complaints(engine, files);
            if complaints.is_empty() {
                // Each file reads alone: together they do not fit, and DuckDB says why.
                return Err(SourceError::one(by_origin(&error, files)));
            }
            Err(SourceError { complaints })
        }
    }
}

struct Reader<'a> {
    format: SourceFormat,
    config: &'a SourceConfig,
}

impl Reader<'_> {
    /// The table function over the files.
    fn call(&self, files: &[SourceFile]) -> String {
        let paths: Vec<_> = files.iter().map(|file| file.path.to_string_lossy()).collect();
        let function = match self.format {
            SourceFormat::Csv => "read_csv",
            SourceFormat::Parquet => "read_parquet",
            SourceFormat::Json => "read_json",
        };
        let options: String = self
            .config
            .options
            .iter()
            .map(|(name, value)| format!(", {} = {}", sql::identifier(name), sql::toml_value(value)))
            .collect();
        format!("{function}({}{options})", sql::texts(&paths))
    }

    /// What is wrong with each file, read alone.
    fn complaints(&self, engine: &Engine, files: &[SourceFile]) -> Vec<String> {
        files
            .iter()
            .filter_map(|file| {
                let call = self.call(std::slice::from_ref(file));
                let tried = match self.format {
                    SourceFormat::Parquet => engine.describe(&format!("SELECT * FROM {call}")).map(drop),
                    SourceFormat::Csv | SourceFormat::Json => engine.execute(&format!(
                        "CREATE OR REPLACE TEMP TABLE attempt AS SELECT * FROM {call}; DROP TABLE attempt"
                    )),
                };
                let error = tried.err()?;
                Some(format!(
                    "{}: {}",
                    file.origin,
                    by_origin(&error, std::slice::from_ref(file))
                ))
            })
            .collect()
    }
}

/// DuckDB's words with files called as the project calls them.
fn by_origin(error: &EngineError, files: &[SourceFile]) -> String {
    files.iter().fold(error.to_string(), |message, file| {
        message.replace(file.path.to_string_lossy().as_ref(), &file.origin)
    })
}
