//! Makes a source's table with DuckDB's readers.

use std::collections::BTreeMap;
use std::path::Path;

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
    /// DuckDB's type.
    pub duck_type: String,
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
    known_types: &KnownTypes,
    readers: Readers,
) -> Result<LoadedSource, SourceError> {
    let format = format_of(config)?;
    let mut reader = Reader {
        format,
        config,
        types: KnownTypes::new(),
    };
    let mut load = || -> Result<LoadedSource, EngineError> {
        let mut described = engine.describe(&format!("SELECT * FROM {}", reader.call(files)))?;
        reader.types = reader.fixed(known_types, &described);
        if format == SourceFormat::Csv && !reader.types.is_empty() {
            described = engine.describe(&format!("SELECT * FROM {}", reader.call(files)))?;
        }
        let originals: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
        let names = sanitise_all(&originals);
        let columns: Vec<SourceColumn> = names
            .into_iter()
            .zip(&described)
            .map(|(name, (original, duck_type))| SourceColumn {
                name,
                original: original.clone(),
                duck_type: reader.types.get(original).unwrap_or(duck_type).clone(),
            })
            .collect();
        let list: Vec<String> = columns
            .iter()
            .map(|column| {
                let original = sql::identifier(&column.original);
                let value = match reader.types.get(&column.original) {
                    Some(duck_type) if format == SourceFormat::Json => {
                        format!("CAST({original} AS {duck_type})")
                    }
                    _ => original,
                };
                format!("{value} AS {}", sql::identifier(&column.name))
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
    let loaded = load();
    match (format, loaded) {
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

/// DuckDB's types of a source's columns, by their names in raw files, as they were when rows of it were taken in.
pub type KnownTypes = BTreeMap<String, String>;

/// Options by which a project says itself which types columns have.
const TYPE_OPTIONS: [&str; 5] = ["types", "dtypes", "column_types", "columns", "all_varchar"];

struct Reader<'a> {
    format: SourceFormat,
    config: &'a SourceConfig,
    /// Types that the text is read as, where they are not those that it looks like.
    types: KnownTypes,
}

impl Reader<'_> {
    /// The types that text has to be read as, so that a few new files do not look like something else than all of them
    /// did together. Parquet has its own.
    fn fixed(&self, known: &KnownTypes, described: &[(String, String)]) -> KnownTypes {
        let says_itself = self
            .config
            .options
            .keys()
            .any(|option| TYPE_OPTIONS.contains(&option.as_str()));
        if self.format == SourceFormat::Parquet || says_itself {
            return KnownTypes::new();
        }
        let differs =
            |(name, duck_type): &&(String, String)| known.get(name).is_some_and(|known| known != duck_type);
        described
            .iter()
            .filter(differs)
            .filter_map(|(name, _)| Some((name.clone(), known.get(name)?.clone())))
            .collect()
    }

    /// The table function over the files.
    fn call(&self, files: &[SourceFile]) -> String {
        let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
        let function = match self.format {
            SourceFormat::Csv => "read_csv",
            SourceFormat::Parquet => "read_parquet",
            SourceFormat::Json => "read_json",
        };
        let mut options: String = self
            .config
            .options
            .iter()
            .map(|(name, value)| format!(", {} = {}", sql::identifier(name), sql::toml_value(value)))
            .collect();
        if self.format == SourceFormat::Csv && !self.types.is_empty() {
            let types: Vec<String> = self
                .types
                .iter()
                .map(|(name, duck_type)| format!("{}: {}", sql::text(name), sql::text(duck_type)))
                .collect();
            options.push_str(&format!(", types = {{{}}}", types.join(", ")));
        }
        format!("{function}({}{options})", sql::paths(&paths))
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
