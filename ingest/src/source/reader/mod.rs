//! DuckDB's readers over raw files, as a table or a view.
//!
//! Invariant: a column's type is the same whether its file was listed in a folder or in a bucket.
//!
//! Entry point: [`Reader::make`].

mod attempt;
mod exact;

use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::{Engine, EngineError, sql};
use crate::names;
use crate::plan::Name;
use crate::project::{SourceConfig, SourceFormat};
use crate::source::below::{self, PARTITIONING};
use crate::source::drift::Drifted;
use crate::source::provenance::Provenance;
use crate::source::{KnownTypes, LoadedSource, Readers, SourceColumn, SourceError, SourceFile};

use exact::BY_COLUMN;

/// Options by which a project says itself which types columns have.
const TYPE_OPTIONS: [&str; 5] = ["types", "dtypes", "column_types", "columns", "all_varchar"];
/// The same of columns that folders stand for.
const PARTITION_TYPES: [&str; 2] = ["hive_types", "hive_types_autocast"];

/// DuckDB's readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
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

/// An option of DuckDB's readers: whether columns are matched by name.
const BY_NAME: &str = "union_by_name";
/// How a source's files are read.
pub(super) struct Reader<'a> {
    /// The source's name.
    pub name: &'a str,
    pub function: Function,
    /// Options that it is given.
    pub options: BTreeMap<String, toml::Value>,
    /// Columns that folders stand for.
    pub keys: Vec<String>,
    /// Folders that are called `key=value` and have nothing to do with the source.
    pub strange: Vec<String>,
    /// Whether columns keep the names that they have in the files.
    pub keep_names: bool,
    /// How rows tell where they are from, if they do.
    pub provenance: Option<Provenance>,
    /// Whether Parquet is read as the types that are known, too.
    pub casts: bool,
    /// Types that columns are read as, where they are not those that they look like.
    types: KnownTypes,
    /// Columns that are read as text, which the query casts.
    texts: Vec<String>,
}

/// A column and what it is computed of.
pub(super) struct Selected {
    pub column: SourceColumn,
    /// In SQL.
    pub value: String,
}

impl<'a> Reader<'a> {
    /// A reader of these files.
    pub fn new(
        name: &'a str,
        config: &SourceConfig,
        function: Function,
        files: &[SourceFile],
    ) -> Result<Self, SourceError> {
        let keys = below::keys(config, files)?;
        let mut strange = Vec::new();
        for file in files.iter().filter(|_| !keys.is_empty()) {
            for key in below::keys_of(&file.path.to_string_lossy()) {
                if !keys.iter().chain(&strange).any(|known| known == key) {
                    strange.push(key.to_owned());
                }
            }
        }
        Ok(Self {
            name,
            function,
            options: config.options.clone(),
            keys,
            strange,
            keep_names: config.keep_names,
            provenance: config.provenance.then(|| Provenance::of(config)),
            casts: false,
            types: KnownTypes::new(),
            texts: Vec::new(),
        })
    }

    /// Has files read as what they look like.
    pub fn forget_types(&mut self) {
        self.types.clear();
    }

    /// Has columns read as these types.
    pub fn fix_types(&mut self, types: KnownTypes) {
        self.types = types;
    }

    /// Has types told by all rows, not by the first ones, however many the project asks for.
    pub fn look_at_all_rows(&mut self) {
        let mut set = |option: &str| self.options.insert(option.to_owned(), toml::Value::Integer(-1));
        set("sample_size");
        if self.function == Function::Json {
            set("maximum_sample_files");
        }
    }

    /// Has columns matched by name, unless the project says otherwise.
    pub fn match_by_name(&mut self) {
        let option = self.options.entry(BY_NAME.to_owned());
        option.or_insert(toml::Value::Boolean(true));
    }

    /// Whether columns are matched by name.
    pub fn is_by_name(&self) -> bool {
        self.options.get(BY_NAME) == Some(&toml::Value::Boolean(true))
    }

    /// Makes `source.NAME` of the files.
    pub fn make(
        &mut self,
        engine: &Engine,
        files: &[SourceFile],
        known_types: &KnownTypes,
        readers: Readers,
    ) -> Result<LoadedSource, EngineError> {
        self.types = KnownTypes::new();
        let mut described = self.describe(engine, files)?;
        self.check_columns(engine, files, &described)?;
        self.types = self.fixed(known_types, &described);
        if self.function == Function::Csv && !self.types.is_empty() {
            described = self.describe(engine, files)?;
        }
        let selected = self.columns(&described).into_iter().map(|mut column| {
            let original = sql::identifier(&column.original);
            let value = match self.types.get(&column.original) {
                Some(duck_type) if !self.reads_as_told(&column.original) => {
                    format!("CAST({original} AS {duck_type})")
                }
                _ => original,
            };
            if let Some(duck_type) = self.types.get(&column.original) {
                column.duck_type.clone_from(duck_type);
            }
            Selected { column, value }
        });
        let selected = selected.collect();
        self.create_exactly(engine, files, readers, selected)
    }

    /// Whether DuckDB's reader makes a column what it is told.
    fn reads_as_told(&self, column: &String) -> bool {
        self.function == Function::Csv || self.keys.contains(column)
    }

    /// The columns, with the names that they have in SQL.
    pub fn columns(&self, described: &[(String, String)]) -> Vec<SourceColumn> {
        let originals: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
        let names = match self.keep_names {
            true => originals.iter().map(|&name| name.to_owned()).collect(),
            false => names::columns(&originals),
        };
        let named = names.into_iter().zip(described);
        let column = |(name, (original, duck_type)): (String, &(String, String))| SourceColumn {
            name,
            original: original.clone(),
            duck_type: duck_type.clone(),
        };
        named.map(column).collect()
    }

    /// Makes `source.NAME` of these columns, of rows that pass the filter; of a table that holds all of them, if one is
    /// given.
    pub fn create(
        &self,
        engine: &Engine,
        files: &[SourceFile],
        readers: Readers,
        selected: Vec<Selected>,
        filter: Option<&str>,
        raw: Option<&str>,
    ) -> Result<LoadedSource, EngineError> {
        let list: Vec<String> = selected
            .iter()
            .map(|each| format!("{} AS {}", each.value, sql::identifier(&each.column.name)))
            .collect();
        let list = list.join(", ");
        let columns: Vec<SourceColumn> = selected.into_iter().map(|each| each.column).collect();
        let provenance = self.provenance.as_ref();
        provenance.map_or(Ok(()), |provenance| provenance.check(&columns))?;
        let of_table =
            |table: &str| provenance.map_or(Ok(String::new()), |each| each.table(engine, table, files));
        let table = Name::of_source(self.name).quoted();
        let call = self.call(files);
        let filter = filter
            .map(|filter| format!(" WHERE {filter}"))
            .unwrap_or_default();
        let is_parsed = self.function != Function::Parquet && readers == Readers::Models;
        let made = match raw {
            Some(raw) => format!(
                "TABLE {table} AS SELECT {list}{} FROM {raw}{filter}",
                of_table(raw)?
            ),
            None if is_parsed && provenance.is_none() => {
                format!("TABLE {table} AS SELECT {list} FROM {call}{filter}")
            }
            None if is_parsed => {
                let rows = self.beside("");
                engine.execute(&format!(
                    "CREATE OR REPLACE TABLE {rows} AS SELECT {list}, file_index FROM {call}{filter}"
                ))?;
                format!(
                    "VIEW {table} AS SELECT * EXCLUDE (file_index){} FROM {rows}",
                    of_table(&rows)?
                )
            }
            None => {
                let from = provenance.map(|provenance| match readers {
                    Readers::Plan => provenance.plan(),
                    Readers::Models => provenance.parquet(files),
                });
                format!(
                    "VIEW {table} AS SELECT {list}{} FROM {call}{filter}",
                    from.unwrap_or_default()
                )
            }
        };
        engine.execute(&format!("CREATE OR REPLACE {made}"))?;
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
            drifted: Drifted::default(),
        })
    }

    /// Reads all columns into a table that models do not see.
    pub fn raw_table(&self, engine: &Engine, files: &[SourceFile]) -> Result<String, EngineError> {
        let table = self.beside(" raw");
        let call = self.call(files);
        engine.execute(&format!(
            "CREATE OR REPLACE TABLE {table} AS SELECT *, file_index FROM {call}"
        ))?;
        let described = engine.describe(&format!("SELECT * EXCLUDE (file_index) FROM {table}"))?;
        self.verify(engine, files, &described)?;
        Ok(table)
    }

    /// A table beside that of the source.
    fn beside(&self, suffix: &str) -> String {
        format!(
            "staged.{}",
            sql::identifier(&format!("source.{}{suffix}", self.name))
        )
    }

    /// Columns with their types.
    pub fn describe(
        &self,
        engine: &Engine,
        files: &[SourceFile],
    ) -> Result<Vec<(String, String)>, EngineError> {
        let mut described = engine.describe(&format!("SELECT * FROM {}", self.call(files)))?;
        if self.strange.is_empty() {
            return Ok(described);
        }
        let mut plain = self.options.clone();
        plain.insert(PARTITIONING.to_owned(), toml::Value::Boolean(false));
        let of_files = engine.describe(&format!("SELECT * FROM {}", self.call_with(files, &plain)))?;
        let is_strange = |name: &str| self.strange.iter().any(|key| key.eq_ignore_ascii_case(name));
        if let Some((name, _)) = of_files.iter().find(|(name, _)| is_strange(name)) {
            return Err(EngineError(format!(
                "the column `{name}` of its files cannot be told from a folder {name}=… above the project: move the \
                 project, or set options = {{ {PARTITIONING} = false }}"
            )));
        }
        described.retain(|(name, _)| !is_strange(name));
        Ok(described)
    }

    /// The types that text has to be read as, so that a few new files do not look like something else than all of them
    /// did together. Parquet has its own, as a rule; of folders only names are known.
    fn fixed(&self, known: &KnownTypes, described: &[(String, String)]) -> KnownTypes {
        let says = |options: &[&str]| options.iter().any(|option| self.options.contains_key(*option));
        let of_files = (self.casts || self.function != Function::Parquet) && !says(&TYPE_OPTIONS);
        let of_folders = !says(&PARTITION_TYPES);
        let is_fixed = |name: &String| match self.keys.contains(name) {
            true => of_folders,
            false => of_files,
        };
        let differs = |(name, duck_type): &&(String, String)| {
            is_fixed(name) && known.get(name).is_some_and(|known| known != duck_type)
        };
        described
            .iter()
            .filter(differs)
            .filter_map(|(name, _)| Some((name.clone(), known.get(name)?.clone())))
            .collect()
    }

    /// The table function over the files.
    pub fn call(&self, files: &[SourceFile]) -> String {
        self.call_of_texts(files, &self.texts)
    }

    /// The same with these columns as text, and of JSON no others.
    fn call_of_texts(&self, files: &[SourceFile], texts: &[String]) -> String {
        let mut options = self.options.clone();
        options
            .entry(PARTITIONING.to_owned())
            .or_insert(toml::Value::Boolean(!self.keys.is_empty()));
        if !texts.is_empty() && self.function == Function::Json {
            let columns: toml::Table = texts
                .iter()
                .map(|name| (name.clone(), "VARCHAR".into()))
                .collect();
            options.insert("columns".to_owned(), columns.into());
        } else if !texts.is_empty() {
            let told = BY_COLUMN.into_iter().find(|option| options.contains_key(*option));
            let types = options.entry(told.unwrap_or(BY_COLUMN[0]).to_owned());
            let types = types.or_insert_with(|| toml::Table::new().into());
            if let Some(types) = types.as_table_mut() {
                let others = self.types.iter().filter(|(name, _)| !self.keys.contains(name));
                types.extend(others.map(|(name, duck_type)| (name.clone(), duck_type.as_str().into())));
                types.extend(texts.iter().map(|name| (name.clone(), "VARCHAR".into())));
            }
        }
        self.call_with(files, &options)
    }

    fn call_with(&self, files: &[SourceFile], options: &BTreeMap<String, toml::Value>) -> String {
        let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
        let function = match self.function {
            Function::Csv => "read_csv",
            Function::Parquet => "read_parquet",
            Function::Json => "read_json",
        };
        let is_typed = BY_COLUMN.iter().any(|option| options.contains_key(*option));
        let mut options: Vec<String> = options
            .iter()
            .map(|(name, value)| format!("{} = {}", sql::identifier(name), sql::toml_value(value)))
            .collect();
        let mut give = |option: &str, wanted: &dyn Fn(&String) -> bool| {
            let types: Vec<String> = self
                .types
                .iter()
                .filter(|(name, _)| wanted(name))
                .map(|(name, duck_type)| format!("{}: {}", sql::text(name), sql::text(duck_type)))
                .collect();
            if !types.is_empty() {
                options.push(format!("{option} = {{{}}}", types.join(", ")));
            }
        };
        give("hive_types", &|name| self.keys.contains(name));
        if self.function == Function::Csv && !is_typed {
            give("types", &|name| !self.keys.contains(name));
        }
        let options: String = options.iter().map(|option| format!(", {option}")).collect();
        format!("{function}({}{options})", sql::paths(&paths))
    }
}
