//! Text as the types that it looks like, where nothing of a value is lost.
//!
//! DuckDB tells types by the first rows. Of what comes later it rounds 1.5 to a whole number, cuts off what is behind a date or a
//! time, and leaves zones out, without a word.
//!
//! Invariant: a value that is read is what the file has, or its file is refused. Columns whose type the project says itself are
//! read as it says.
//!
//! Entry points: [`Reader::create_exactly`], [`Reader::verify`].

use std::collections::BTreeMap;

use super::{Function, Reader, Selected, TYPE_OPTIONS};
use crate::engine::{Engine, EngineError, sql};
use crate::source::{LoadedSource, Readers, SourceFile};

/// Options by which a project says types of columns by name.
pub(super) const BY_COLUMN: [&str; 3] = ["types", "dtypes", "column_types"];
/// The same of how dates and moments are written: they are read just so then.
const DATE_FORMATS: [&str; 2] = ["dateformat", "date_format"];
const TIMESTAMP_FORMATS: [&str; 2] = ["timestampformat", "timestamp_format"];
/// What DuckDB says first of text that it cannot make a value of, and what its reader has behind that.
const OF_VALUES: [&str; 2] = ["Conversion Error", "Invalid Input Error"];
const OF_READER: &str = "CSV Error on Line";
/// Rows and files of JSON that DuckDB tells types by, unless the project says otherwise.
const SAMPLE_ROWS: i64 = 20_480;
const SAMPLE_FILES: i64 = 32;

/// A type that DuckDB casts text to though some of it is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Narrow {
    duck_type: String,
    kind: Kind,
    /// What is before decimals, of numbers, where that is no point.
    decimal: Option<String>,
    /// What is between thousands.
    thousands: Option<String>,
    /// Whether it may be true or false, which JSON's reader takes for 1 and 0.
    may_be_truth: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Date,
    Time,
    Timestamp,
}

impl Kind {
    fn of(duck_type: &str) -> Option<Self> {
        match duck_type {
            "DATE" => Some(Self::Date),
            "TIME" => Some(Self::Time),
            "TIMESTAMP" => Some(Self::Timestamp),
            _ if duck_type.ends_with("INT") || duck_type.ends_with("INTEGER") => Some(Self::Whole),
            _ => None,
        }
    }

    /// What a text looks like that is taken for a value of this type and loses nothing, beside that which DuckDB itself writes.
    fn exact(self) -> &'static str {
        match self {
            Self::Whole => r"^\s*[+-]?[0-9_]*([.]0*)?([eE][+]?[0-9]+)?\s*$",
            Self::Date => r"^\s*[0-9]{4,}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0:.]*)?\s*$",
            Self::Time => r"^\s*[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]*)?)?\s*$",
            Self::Timestamp => {
                r"^\s*[0-9]{4,}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9:]+([.][0-9]*)?\s*(Z|UTC|[+-][0:]+)?)?\s*$"
            }
        }
    }

    /// What it looks like where it is written in the usual way: in others days may be taken for years, or DuckDB's reader
    /// takes nothing that is too much.
    fn usual(self) -> &'static str {
        match self {
            Self::Whole | Self::Time => "",
            Self::Date | Self::Timestamp => r"^\s*[0-9]{4,}[-/]",
        }
    }

    /// A type that holds what this one does not.
    fn wider(self) -> &'static str {
        match self {
            Self::Whole => "DOUBLE",
            Self::Date => "TIMESTAMP",
            Self::Timestamp => "TIMESTAMPTZ",
            Self::Time => "VARCHAR",
        }
    }
}

impl Narrow {
    /// The text of a value as it is to be cast.
    fn plain(&self, text: &str) -> String {
        let mut plain = text.to_owned();
        if let Some(thousands) = &self.thousands {
            plain = format!("replace({plain}, {}, '')", sql::text(thousands));
        }
        if let Some(decimal) = &self.decimal {
            plain = format!("replace({plain}, {}, '.')", sql::text(decimal));
        }
        plain
    }

    /// Whether a text is cast, and is neither what DuckDB writes for that nor known to be the same.
    fn is_strange(&self, text: &str, cast: &str) -> String {
        let plain = self.plain(text);
        format!(
            "(CAST({cast}({plain} AS {}) AS VARCHAR) <> {plain} AND NOT regexp_matches({plain}, '{}'))",
            self.duck_type,
            self.kind.exact()
        )
    }

    /// Whether a text is cast, and something of it is lost.
    fn is_lossy(&self, text: &str) -> String {
        let usual = self.kind.usual();
        let truth = match self.may_be_truth {
            true => format!("{text} IN ('true', 'false') OR "),
            false => String::new(),
        };
        format!(
            "({truth}{} AND regexp_matches({text}, '{usual}'))",
            self.is_strange(text, "TRY_CAST")
        )
    }

    /// The value of a text; fails where something may be lost, or where it is none. (TRY_CAST takes twice the time.)
    fn value(&self, text: &str) -> String {
        format!(
            "CASE WHEN {} THEN error({text}) ELSE CAST({} AS {}) END",
            self.is_strange(text, "CAST"),
            self.plain(text),
            self.duck_type
        )
    }
}

impl Reader<'_> {
    /// Makes `source.NAME` of these columns as [`Reader::create`] does, of CSV text by text: each is parsed once. Where that fails
    /// DuckDB's reader decides, which knows more ways to write a date, and what it took in is looked through; of JSON always, unless
    /// types were told by all rows.
    pub fn create_exactly(
        &mut self,
        engine: &Engine,
        files: &[SourceFile],
        readers: Readers,
        selected: Vec<Selected>,
    ) -> Result<LoadedSource, EngineError> {
        let types = selected
            .iter()
            .map(|each| (each.column.original.as_str(), each.column.duck_type.as_str()));
        let narrow = match readers {
            Readers::Models => self.narrow(types),
            Readers::Plan => BTreeMap::new(),
        };
        if narrow.is_empty() {
            return self.create(engine, files, readers, selected, None, None);
        }
        if self.function == Function::Json {
            let loaded = self.create(engine, files, readers, selected, None, None)?;
            if !self.types.is_empty() || !self.is_told_by_all(files.len(), loaded.rows) {
                self.look_for_losses(engine, files, &narrow)?;
            }
            return Ok(loaded);
        }
        let of_texts = selected.iter().map(|each| Selected {
            column: each.column.clone(),
            value: match narrow.get(&each.column.original) {
                Some(narrow) => narrow.value(&sql::identifier(&each.column.original)),
                None => each.value.clone(),
            },
        });
        let of_texts = of_texts.collect();
        self.texts = narrow.keys().cloned().collect();
        let made = self.create(engine, files, readers, of_texts, None, None);
        self.texts.clear();
        let of_casts = |EngineError(said): &EngineError| {
            OF_VALUES.iter().any(|kind| said.starts_with(kind)) && !said.contains(OF_READER)
        };
        if !made.as_ref().is_err_and(of_casts) {
            return made;
        }
        let loaded = self.create(engine, files, readers, selected, None, None)?;
        self.look_for_losses(engine, files, &narrow)?;
        Ok(loaded)
    }

    /// Whether DuckDB has seen all rows when it told types of JSON.
    fn is_told_by_all(&self, files: usize, rows: u64) -> bool {
        let option = |name: &str, usual: i64| {
            let most = self
                .options
                .get(name)
                .map_or(Some(usual), toml::Value::as_integer);
            most.map_or(0, |most| u64::try_from(most).unwrap_or(u64::MAX))
        };
        rows <= option("sample_size", SAMPLE_ROWS)
            && files as u64 <= option("maximum_sample_files", SAMPLE_FILES)
    }

    /// Refuses files of which a value would lose something in columns of these types, or of those that it is known they had.
    pub fn verify(
        &self,
        engine: &Engine,
        files: &[SourceFile],
        described: &[(String, String)],
    ) -> Result<(), EngineError> {
        let types = described
            .iter()
            .map(|(name, duck_type)| (name.as_str(), self.types.get(name).unwrap_or(duck_type).as_str()));
        self.look_for_losses(engine, files, &self.narrow(types))
    }

    fn look_for_losses(
        &self,
        engine: &Engine,
        files: &[SourceFile],
        narrow: &BTreeMap<String, Narrow>,
    ) -> Result<(), EngineError> {
        let Some(mut loss) = self.loss(engine, files, narrow)? else {
            return Ok(());
        };
        if files.len() > 1 {
            let mut each = files.iter().map(std::slice::from_ref);
            let found = each.find_map(|file| Some((file, self.loss(engine, file, narrow).ok()??)));
            if let Some(([file], of_file)) = found {
                loss = format!("{}: {of_file}", file.origin);
            }
        }
        Err(EngineError(loss))
    }

    /// What would be lost first.
    fn loss(
        &self,
        engine: &Engine,
        files: &[SourceFile],
        narrow: &BTreeMap<String, Narrow>,
    ) -> Result<Option<String>, EngineError> {
        if narrow.is_empty() {
            return Ok(None);
        }
        let (mut columns, mut texts, mut any) = (String::new(), String::new(), Vec::new());
        for (name, narrow) in narrow {
            let text = sql::identifier(name);
            let lossy = narrow.is_lossy(&text);
            columns += &format!(" WHEN {lossy} THEN {}", sql::text(name));
            texts += &format!(" WHEN {lossy} THEN {text}");
            any.push(lossy);
        }
        let names: Vec<String> = narrow.keys().cloned().collect();
        let query = format!(
            "SELECT CASE{columns} END, CASE{texts} END FROM {} WHERE {} LIMIT 1",
            self.call_of_texts(files, &names),
            any.join(" OR ")
        );
        let found = engine.rows(&query)?.into_iter().next();
        let Some(
            [
                duckdb::types::Value::Text(column),
                duckdb::types::Value::Text(value),
            ],
        ) = found.as_deref()
        else {
            return Ok(None);
        };
        Ok(narrow.get(column).map(|narrow| {
            let plain = narrow.plain(&sql::text(value));
            let wider = narrow.kind.wider();
            let of_json = "let all rows tell types by options = { sample_size = -1, maximum_sample_files = -1 }, or let the \
                           column follow by drift = \"evolve\"";
            let holds = engine.count(&format!("SELECT count(TRY_CAST({plain} AS {wider}))")) == Ok(1);
            let remedy = match self.function {
                Function::Json => of_json.to_owned(),
                _ => format!(
                    "say what the column is, as in options = {{ types = {{ {column:?} = \"{}\" }} }}",
                    if holds { wider } else { "VARCHAR" }
                ),
            };
            format!(
                "its column `{column}` is read as {}, in which something of the value {value} would be lost: mend the \
                 value, or {remedy}",
                narrow.duck_type
            )
        }))
    }

    /// The columns of text whose values may lose something in the type that they are read as.
    fn narrow<'c>(&self, types: impl Iterator<Item = (&'c str, &'c str)>) -> BTreeMap<String, Narrow> {
        let has = |options: &[&str]| options.iter().any(|option| self.options.contains_key(*option));
        let by_column = BY_COLUMN
            .iter()
            .find_map(|option| self.options.get(*option)?.as_table());
        if self.function == Function::Parquet || has(&TYPE_OPTIONS) && by_column.is_none() {
            return BTreeMap::new();
        }
        let is_told = |name: &str| {
            let mut told = by_column.into_iter().flat_map(toml::Table::keys);
            let mut of_folders = self.keys.iter().chain(&self.strange);
            told.any(|told| told.eq_ignore_ascii_case(name)) || of_folders.any(|key| key == name)
        };
        let option = |name: &str, kind: Kind| {
            let written = self.options.get(name).and_then(toml::Value::as_str)?;
            (kind == Kind::Whole && !written.is_empty()).then(|| written.to_owned())
        };
        let narrow = |(name, duck_type): (&str, &str)| {
            let kind = Kind::of(duck_type)?;
            let is_written_so = match kind {
                Kind::Date => has(&DATE_FORMATS),
                Kind::Timestamp => has(&TIMESTAMP_FORMATS),
                Kind::Whole | Kind::Time => false,
            };
            // JSON's reader takes nothing else for a date or a time; casts to what a column was do.
            let is_safe =
                self.function == Function::Json && kind != Kind::Whole && !self.types.contains_key(name);
            (!is_written_so && !is_safe && !is_told(name)).then(|| {
                let narrow = Narrow {
                    duck_type: duck_type.to_owned(),
                    kind,
                    decimal: option("decimal_separator", kind).filter(|decimal| decimal != "."),
                    thousands: option("thousands", kind),
                    may_be_truth: kind == Kind::Whole && self.function == Function::Json,
                };
                (name.to_owned(), narrow)
            })
        };
        types.filter_map(narrow).collect()
    }
}
