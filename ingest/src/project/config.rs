//! The shape of `ingest.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Cursor, Headers, Pagination, ProjectError, Variables, interpolate};
use crate::settings::{SettingError, Table, declared};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub name: String,
    #[serde(default)]
    pub default_target: Option<String>,
    #[serde(default)]
    pub settings: Table,
    #[serde(default)]
    pub targets: BTreeMap<String, TargetTable>,
    #[serde(default)]
    pub sources: BTreeMap<String, SourceConfig>,
}

/// `[targets.NAME]`: where gold is published, and settings that hold for it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TargetTable {
    /// A folder relative to the project, or `s3://bucket/prefix`. May hold `${NAME}`.
    pub gold: String,
    #[serde(flatten)]
    pub settings: Table,
}

/// `[sources.NAME]`: raw files that a run reads.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// A path or glob relative to the project, `s3://bucket/key-or-glob`, the URL of one file or of an API,
    /// `sqlite:file` or `postgres://host/database`. May hold `${NAME}`.
    pub path: String,
    /// The path as it is written: variables in it may be secrets, so that this one is shown where they may be.
    #[serde(skip)]
    pub written: String,
    /// How to read the files; by the path's extension where absent.
    #[serde(default)]
    pub format: Option<SourceFormat>,
    /// One sentence for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether rows have `_source_file` and `_row_number`.
    #[serde(default)]
    pub provenance: bool,
    /// What happens where columns are not as they were; where absent, types are those of the files.
    #[serde(default)]
    pub drift: Option<Drift>,
    /// Options of DuckDB's reader for the format, by their DuckDB names.
    #[serde(default)]
    pub options: BTreeMap<String, toml::Value>,
    /// URL of the S3-compatible store that holds an `s3://` path; `INGEST_ENDPOINT` or `AWS_ENDPOINT_URL` where absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Region of an `s3://` path; `INGEST_REGION`, `AWS_REGION` or that of the profile where absent.
    #[serde(default)]
    pub region: Option<String>,
    /// What requests to a URL are sent with.
    #[serde(default)]
    pub headers: Headers,
    /// Where in an answer of an API the records are, as in `data.items` or `/data/items`.
    #[serde(default)]
    pub records: Option<String>,
    /// How the pages of an API follow each other.
    #[serde(default)]
    pub pagination: Option<Pagination>,
    /// How long a server may be silent.
    #[serde(default, with = "humantime_serde")]
    pub timeout: Option<Duration>,
    /// The table that is read, of a database.
    #[serde(default)]
    pub table: Option<String>,
    /// The SELECT whose rows are read, of a database, in its SQL.
    #[serde(default)]
    pub query: Option<String>,
    /// The column by whose values a database or an API is asked for what is new only.
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// Whether columns keep the names that they have in the files; without it they become snake_case.
    #[serde(default)]
    pub keep_names: bool,
}

/// How raw files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceFormat {
    /// Delimited text, tabs included.
    Csv,
    /// Parquet.
    Parquet,
    /// JSON or newline-delimited JSON.
    Json,
    /// Arrow IPC: its file format, which is Feather's, or its stream format.
    Arrow,
    /// A sheet of a workbook of Excel or LibreOffice.
    Excel,
}

/// What happens where columns of a source are not as they were when rows of it were last taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// New columns and wider types are taken in.
    Evolve,
    /// The source is not read.
    Freeze,
    /// Rows with values in new columns, or of another type, are left out.
    DiscardRow,
    /// New columns are dropped, and values of another type become NULL.
    DiscardValue,
}

impl Config {
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, ProjectError> {
        let invalid = |reason: String| ProjectError::InvalidConfig {
            file: file.to_owned(),
            reason,
        };
        let config: Self = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        config.check(file)?;
        Ok(config)
    }

    /// Refuses names and keys that cannot be.
    pub(crate) fn check(&self, file: &Path) -> Result<(), ProjectError> {
        let targets = self.targets.keys().map(|name| ("targets", name));
        let sources = self.sources.keys().map(|name| ("sources", name));
        for (kind, name) in targets.chain(sources) {
            if !is_identifier(name) {
                return Err(ProjectError::InvalidConfig {
                    file: file.to_owned(),
                    reason: format!(
                        "[{kind}.{name}]: a name has lower-case letters, digits and _, and begins with a letter"
                    ),
                });
            }
        }
        refuse_unknown(file, "[settings]", "", &self.settings)?;
        for (name, target) in &self.targets {
            refuse_unknown(file, &format!("[targets.{name}]"), "gold, ", &target.settings)?;
        }
        Ok(())
    }
}

/// Keys that are no settings are misspelt ones.
fn refuse_unknown(file: &Path, table: &str, others: &str, settings: &Table) -> Result<(), SettingError> {
    let known = || {
        declared::ALL
            .iter()
            .filter(|declaration| declaration.is_table_key())
    };
    match settings
        .keys()
        .find(|key| known().all(|declaration| declaration.name != *key))
    {
        None => Ok(()),
        Some(key) => Err(SettingError::UnknownKey {
            file: file.to_owned(),
            table: table.to_owned(),
            key: key.clone(),
            known: others.to_owned()
                + &known()
                    .map(|declaration| declaration.name)
                    .collect::<Vec<_>>()
                    .join(", "),
        }),
    }
}

impl SourceConfig {
    /// Files that no project declares, read as their names end.
    pub fn of_path(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            written: path.to_owned(),
            ..Self::default()
        }
    }

    /// The files of a path that holds no variables, whose columns keep their names.
    pub(crate) fn of_files(path: &str, format: Option<SourceFormat>) -> Self {
        Self {
            path: path.replace("${", "$${"),
            written: path.to_owned(),
            format,
            keep_names: true,
            ..Self::default()
        }
    }

    /// The path as it is written, wherever that is.
    fn shown(&self) -> &str {
        if self.written.is_empty() {
            return &self.path;
        }
        &self.written
    }

    /// The same with every `${NAME}` replaced. `place` is named in errors.
    pub(super) fn resolve(&self, place: &str, variables: Variables<'_>) -> Result<Self, ProjectError> {
        Ok(Self {
            path: interpolate(&self.path, &format!("path of {place}"), variables)?,
            written: self.shown().to_owned(),
            headers: self.headers.resolve(place, variables)?,
            endpoint: optional(
                self.endpoint.as_deref(),
                &format!("endpoint of {place}"),
                variables,
            )?,
            region: optional(self.region.as_deref(), &format!("region of {place}"), variables)?,
            ..self.clone()
        })
    }
}

fn optional(
    text: Option<&str>,
    place: &str,
    variables: Variables<'_>,
) -> Result<Option<String>, ProjectError> {
    text.map(|text| interpolate(text, place, variables)).transpose()
}

/// Whether a name needs no quotes anywhere: in SQL, in object keys, in URLs.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
