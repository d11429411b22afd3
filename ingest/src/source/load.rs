//! Makes a source's table with DuckDB's readers.

use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::{Engine, EngineError, sql};
use crate::names;
use crate::plan::Name;
use crate::project::{SourceConfig, SourceFormat};

use super::convert::{self, Conversion, Foreign};
use super::{Rejected, SourceError, SourceFile, Stage, format_of};

/// A source that is a table now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedSource {
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: usize,
    /// Columns in order.
    pub columns: Vec<SourceColumn>,
    /// Files that could not be read and are left out.
    pub rejected: Vec<Rejected>,
    /// What a person should know of how files were read.
    pub warnings: Vec<String>,
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

/// Makes `source.NAME` of the files, in the engine's present context. Files that cannot be read are left out, if there
/// are others; types are decided over those that stay.
pub fn load(
    engine: &Engine,
    name: &str,
    config: &SourceConfig,
    files: &[SourceFile],
    known_types: &KnownTypes,
    readers: Readers,
    stage: &Stage,
) -> Result<LoadedSource, SourceError> {
    let format = format_of(config)?;
    let mut reader = Reader {
        function: format.into(),
        options: config.options.clone(),
        types: KnownTypes::new(),
        keep_names: config.keep_names,
    };
    let Some(foreign) = Foreign::of(format) else {
        return reader.load(engine, name, files, known_types, readers);
    };
    let conversion = Conversion {
        name,
        config,
        foreign,
        known_types,
        readers,
        stage,
        threads: engine.threads().map_err(SourceError::one)?,
    };
    let converted = convert::to_parquet(&conversion, files)?;
    reader
        .options
        .retain(|option, _| !foreign.options().contains(&option.as_str()));
    match reader.load(engine, name, &converted.files, known_types, readers) {
        Ok(mut loaded) => {
            loaded.rejected.extend(converted.rejected);
            loaded.warnings = converted.warnings;
            Ok(loaded)
        }
        Err(mut error) => {
            let complaints = converted.rejected.iter().map(Rejected::complaint);
            error.complaints.extend(complaints);
            error.rejected.extend(converted.rejected);
            Err(error)
        }
    }
}

/// DuckDB's types of a source's columns, by their names in raw files, as they were when rows of it were taken in.
pub type KnownTypes = BTreeMap<String, String>;

/// Options by which a project says itself which types columns have.
const TYPE_OPTIONS: [&str; 5] = ["types", "dtypes", "column_types", "columns", "all_varchar"];

/// DuckDB's readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Csv,
    Parquet,
    Json,
}

impl From<SourceFormat> for Function {
    fn from(format: SourceFormat) -> Self {
        match format {
            SourceFormat::Csv => Self::Csv,
            SourceFormat::Json => Self::Json,
            // What is not Parquet is made so first.
            SourceFormat::Parquet | SourceFormat::Arrow | SourceFormat::Excel => Self::Parquet,
        }
    }
}

struct Reader {
    function: Function,
    /// Options that it is given.
    options: BTreeMap<String, toml::Value>,
    /// Types that the text is read as, where they are not those that it looks like.
    types: KnownTypes,
    /// Whether columns keep the names that they have in the files.
    keep_names: bool,
}

impl Reader {
    fn load(
        &mut self,
        engine: &Engine,
        name: &str,
        files: &[SourceFile],
        known_types: &KnownTypes,
        readers: Readers,
    ) -> Result<LoadedSource, SourceError> {
        let attempt = self.make(engine, name, files, known_types, readers);
        let unfit = match (self.function, &attempt) {
            // A view looks at the first file only; the others are looked at here.
            (Function::Parquet, _) | (_, Err(_)) => self.unfit(engine, name, files),
            (_, Ok(_)) => Vec::new(),
        };
        if unfit.is_empty() {
            // Where each file reads alone they do not fit together, and DuckDB says why.
            return attempt.map_err(|error| SourceError::one(by_origin(&error, files)));
        }
        let is_unfit = |file: &SourceFile| unfit.iter().any(|rejected| rejected.path == file.origin);
        let fit: Vec<SourceFile> = files.iter().filter(|file| !is_unfit(file)).cloned().collect();
        if fit.is_empty() || unfit.iter().any(Rejected::is_of_machine) {
            return Err(SourceError::of_files(unfit));
        }
        self.types = KnownTypes::new();
        match self.make(engine, name, &fit, known_types, readers) {
            Ok(loaded) => Ok(LoadedSource {
                rejected: unfit,
                ..loaded
            }),
            Err(error) => {
                let mut failure = SourceError::of_files(unfit);
                failure.complaints.push(by_origin(&error, &fit));
                Err(failure)
            }
        }
    }

    fn make(
        &mut self,
        engine: &Engine,
        name: &str,
        files: &[SourceFile],
        known_types: &KnownTypes,
        readers: Readers,
    ) -> Result<LoadedSource, EngineError> {
        let mut described = engine.describe(&format!("SELECT * FROM {}", self.call(files)))?;
        self.types = self.fixed(known_types, &described);
        if self.function == Function::Csv && !self.types.is_empty() {
            described = engine.describe(&format!("SELECT * FROM {}", self.call(files)))?;
        }
        let originals: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
        let names = if self.keep_names {
            originals.iter().map(|&name| name.to_owned()).collect()
        } else {
            names::columns(&originals)
        };
        let columns: Vec<SourceColumn> = names
            .into_iter()
            .zip(&described)
            .map(|(name, (original, duck_type))| SourceColumn {
                name,
                original: original.clone(),
                duck_type: self.types.get(original).unwrap_or(duck_type).clone(),
            })
            .collect();
        let list: Vec<String> = columns
            .iter()
            .map(|column| {
                let original = sql::identifier(&column.original);
                let value = match self.types.get(&column.original) {
                    Some(duck_type) if self.function == Function::Json => {
                        format!("CAST({original} AS {duck_type})")
                    }
                    _ => original,
                };
                format!("{value} AS {}", sql::identifier(&column.name))
            })
            .collect();
        let kind = match (self.function, readers) {
            (Function::Parquet, _) | (_, Readers::Plan) => "VIEW",
            (Function::Csv | Function::Json, Readers::Models) => "TABLE",
        };
        let table = Name::of_source(name).quoted();
        engine.execute(&format!(
            "CREATE OR REPLACE {kind} {table} AS SELECT {} FROM {}",
            list.join(", "),
            self.call(files)
        ))?;
        let rows = match readers {
            Readers::Models => engine.count(&format!("SELECT count(*) FROM {table}"))?,
            Readers::Plan => 0,
        };
        Ok(LoadedSource {
            rows,
            files: files.len(),
            columns,
            rejected: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// The types that text has to be read as, so that a few new files do not look like something else than all of them
    /// did together. Parquet has its own.
    fn fixed(&self, known: &KnownTypes, described: &[(String, String)]) -> KnownTypes {
        let says_itself = self
            .options
            .keys()
            .any(|option| TYPE_OPTIONS.contains(&option.as_str()));
        if self.function == Function::Parquet || says_itself {
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
        let function = match self.function {
            Function::Csv => "read_csv",
            Function::Parquet => "read_parquet",
            Function::Json => "read_json",
        };
        let mut options: String = self
            .options
            .iter()
            .map(|(name, value)| format!(", {} = {}", sql::identifier(name), sql::toml_value(value)))
            .collect();
        if self.function == Function::Csv && !self.types.is_empty() {
            let types: Vec<String> = self
                .types
                .iter()
                .map(|(name, duck_type)| format!("{}: {}", sql::text(name), sql::text(duck_type)))
                .collect();
            options.push_str(&format!(", types = {{{}}}", types.join(", ")));
        }
        format!("{function}({}{options})", sql::paths(&paths))
    }

    /// The files that cannot be read alone, and why.
    fn unfit(&self, engine: &Engine, name: &str, files: &[SourceFile]) -> Vec<Rejected> {
        files
            .iter()
            .filter_map(|file| {
                let call = self.call(std::slice::from_ref(file));
                let tried = match self.function {
                    Function::Parquet => engine.describe(&format!("SELECT * FROM {call}")).map(drop),
                    Function::Csv | Function::Json => engine.execute(&format!(
                        "CREATE OR REPLACE TEMP TABLE attempt AS SELECT * FROM {call}; DROP TABLE attempt"
                    )),
                };
                let error = tried.err()?;
                let reason = by_origin(&error, std::slice::from_ref(file));
                Some(Rejected::of(name, file, reason))
            })
            .collect()
    }
}

/// DuckDB's words with files called as the project calls them, without the statement, which nobody wrote.
fn by_origin(error: &EngineError, files: &[SourceFile]) -> String {
    let said = error.0.split("\nLINE ").next().unwrap_or_default().trim_end();
    files.iter().fold(said.to_owned(), |message, file| {
        message.replace(file.path.to_string_lossy().as_ref(), &file.origin)
    })
}
