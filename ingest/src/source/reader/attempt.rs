//! What DuckDB says of files, when it is asked about one alone or about what it guesses.
//!
//! Entry point: [`Reader::attempt`].

use super::{Function, Reader};
use crate::engine::{Engine, EngineError, sql};
use crate::source::{KnownTypes, SourceFile};

/// Reads into a table that nobody sees.
const ATTEMPT: &str = "CREATE OR REPLACE TEMP TABLE attempt AS";
/// What columns may be kept apart by.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Options that say what columns are kept apart by.
const DELIMITER_OPTIONS: [&str; 4] = ["delim", "sep", "delimiter", "columns"];

impl Reader<'_> {
    /// Reads a file alone, for what DuckDB says about it.
    pub fn attempt(&self, engine: &Engine, file: &SourceFile) -> Result<(), EngineError> {
        let call = self.call(std::slice::from_ref(file));
        match self.function {
            Function::Parquet => engine.describe(&format!("SELECT * FROM {call}")).map(drop),
            Function::Csv | Function::Json => {
                let file = std::slice::from_ref(file);
                let described = self.describe(engine, file)?;
                self.check_columns(engine, file, &described)?;
                engine.execute(&format!("{ATTEMPT} SELECT * FROM {call}; DROP TABLE attempt"))?;
                self.verify(engine, file, &described)
            }
        }
    }

    /// Whether a file of text can be read with a column as this type, though it looks like text.
    pub fn reads_as(&mut self, engine: &Engine, file: &SourceFile, column: &str, duck_type: &str) -> bool {
        if self.function != Function::Csv {
            return false;
        }
        let types = KnownTypes::from([(column.to_owned(), duck_type.to_owned())]);
        let before = std::mem::replace(&mut self.types, types);
        let attempt = self.attempt(engine, file);
        self.types = before;
        attempt.is_ok()
    }

    /// Refuses what DuckDB takes for one column because rows are not of one length: it says where, when it is told how many
    /// there are.
    pub(super) fn check_columns(
        &self,
        engine: &Engine,
        files: &[SourceFile],
        described: &[(String, String)],
    ) -> Result<(), EngineError> {
        let mut of_files = described.iter().filter(|(name, _)| !self.keys.contains(name));
        let (Some((only, _)), None) = (of_files.next(), of_files.next()) else {
            return Ok(());
        };
        let is_told = DELIMITER_OPTIONS
            .iter()
            .any(|option| self.options.contains_key(*option));
        let found = DELIMITERS.into_iter().find(|delimiter| only.contains(*delimiter));
        let Some(delimiter) = found.filter(|_| self.function == Function::Csv && !is_told) else {
            return Ok(());
        };
        let column = |name: &str| (name.trim_matches('"').to_owned(), toml::Value::from("VARCHAR"));
        let columns: toml::Table = only.split(delimiter).map(column).collect();
        let mut options = self.options.clone();
        options.insert("delim".to_owned(), delimiter.to_string().into());
        options.insert("columns".to_owned(), columns.into());
        options.insert("header".to_owned(), true.into());
        options.insert("auto_detect".to_owned(), false.into());
        let call = self.call_with(files, &options);
        engine.execute(&format!("{ATTEMPT} SELECT * FROM {call}; DROP TABLE attempt"))
    }

    /// Asks how dates are written in columns of which some values are dates, as formats of DATE and of TIMESTAMP.
    pub fn sniff(&self, file: &SourceFile, columns: &[String], duck_type: &str) -> String {
        let of_text = |option: &&String| {
            !option.starts_with("hive_") && !["union_by_name", "types"].contains(&option.as_str())
        };
        let options: String = self
            .options
            .keys()
            .filter(of_text)
            .map(|name| {
                format!(
                    ", {} = {}",
                    sql::identifier(name),
                    sql::toml_value(&self.options[name])
                )
            })
            .collect();
        let types: Vec<String> = columns
            .iter()
            .map(|column| format!("{}: {}", sql::text(column), sql::text(duck_type)))
            .collect();
        format!(
            "SELECT DateFormat, TimestampFormat FROM sniff_csv({}{options}, types = {{{}}}, ignore_errors = true)",
            sql::path(&file.path),
            types.join(", ")
        )
    }
}
