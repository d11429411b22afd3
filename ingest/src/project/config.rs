//! The shape of `ingest.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Environment, ProjectError, interpolate};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub name: String,
    #[serde(default)]
    pub default_target: Option<String>,
    #[serde(default)]
    pub targets: BTreeMap<String, TargetConfig>,
    #[serde(default)]
    pub sources: BTreeMap<String, SourceConfig>,
}

/// `[targets.NAME]`: where gold is published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    /// A folder relative to the project, or `s3://bucket/prefix`. May hold `${NAME}`.
    pub gold: String,
    /// URL of an S3-compatible store; `AWS_ENDPOINT_URL` where absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Region; `AWS_REGION` where absent.
    #[serde(default)]
    pub region: Option<String>,
}

/// `[sources.NAME]`: raw files that a run reads.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// A path or glob relative to the project, or `s3://bucket/key-or-glob`. May hold `${NAME}`.
    pub path: String,
    /// How to read the files; by the path's extension where absent.
    #[serde(default)]
    pub format: Option<SourceFormat>,
    /// One sentence for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Options of DuckDB's reader for the format, by their DuckDB names.
    #[serde(default)]
    pub options: BTreeMap<String, toml::Value>,
    /// URL of the S3-compatible store that holds an `s3://` path; `AWS_ENDPOINT_URL` where absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Region of an `s3://` path; `AWS_REGION` where absent.
    #[serde(default)]
    pub region: Option<String>,
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
}

impl Config {
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, ProjectError> {
        let invalid = |reason: String| ProjectError::InvalidConfig {
            file: file.to_owned(),
            reason,
        };
        let config: Self = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let targets = config.targets.keys().map(|name| ("targets", name));
        let sources = config.sources.keys().map(|name| ("sources", name));
        for (kind, name) in targets.chain(sources) {
            if !is_identifier(name) {
                return Err(invalid(format!(
                    "[{kind}.{name}]: a name has lower-case letters, digits and _, and begins with a letter"
                )));
            }
        }
        Ok(config)
    }
}

impl TargetConfig {
    /// The same with every `${NAME}` replaced. `place` is named in errors.
    pub(super) fn resolve(&self, place: &str, environment: Environment<'_>) -> Result<Self, ProjectError> {
        Ok(Self {
            gold: interpolate(&self.gold, &format!("gold of {place}"), environment)?,
            endpoint: optional(
                self.endpoint.as_deref(),
                &format!("endpoint of {place}"),
                environment,
            )?,
            region: optional(self.region.as_deref(), &format!("region of {place}"), environment)?,
        })
    }
}

impl SourceConfig {
    /// The same with every `${NAME}` replaced. `place` is named in errors.
    pub(super) fn resolve(&self, place: &str, environment: Environment<'_>) -> Result<Self, ProjectError> {
        Ok(Self {
            path: interpolate(&self.path, &format!("path of {place}"), environment)?,
            endpoint: optional(
                self.endpoint.as_deref(),
                &format!("endpoint of {place}"),
                environment,
            )?,
            region: optional(self.region.as_deref(), &format!("region of {place}"), environment)?,
            ..self.clone()
        })
    }
}

fn optional(
    text: Option<&str>,
    place: &str,
    environment: Environment<'_>,
) -> Result<Option<String>, ProjectError> {
    text.map(|text| interpolate(text, place, environment)).transpose()
}

/// Whether a name needs no quotes anywhere: in SQL, in object keys, in URLs.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
