//! A project: a folder with `ingest.toml`, SQL models and checks.
//!
//! Invariant: a loaded project is checked as far as it can be without touching data; every complaint names
//! the file and what to change.
//!
//! Entry point: [`Project::load`].

mod check;
mod config;
mod error;
mod header;
mod interpolate;
mod materialized;
mod model;

use std::path::{Path, PathBuf};

pub use check::{
    AcceptedRange, AcceptedValues, CheckRule, Columns, Freshness, Literal, Relationships, RowCount, Rule,
};
pub(crate) use config::is_identifier;
pub use config::{SourceConfig, SourceFormat, TargetConfig};
pub use error::ProjectError;
pub use header::{CheckHeader, ColumnHeader, ModelHeader};
pub use interpolate::{Environment, interpolate};
pub use materialized::{Incremental, Materialized, OnSchemaChange, Strategy};
pub use model::{CheckFile, Layer, Model, ModelError};

use config::Config;

/// The file that makes a folder a project.
pub const CONFIG_FILE: &str = "ingest.toml";

/// A project as its files say.
#[derive(Debug, Clone)]
pub struct Project {
    /// What people call this lake.
    pub name: String,
    /// The folder that holds `ingest.toml`; relative paths start here.
    pub root: PathBuf,
    config: Config,
}

impl Project {
    /// Reads `ingest.toml` of the folder.
    pub fn load(root: &Path) -> Result<Self, ProjectError> {
        let file = root.join(CONFIG_FILE);
        let text = std::fs::read_to_string(&file).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => ProjectError::NoProject {
                folder: root.to_owned(),
            },
            _ => ProjectError::Unreadable {
                file: file.clone(),
                cause,
            },
        })?;
        let config = Config::parse(&file, &text)?;
        Ok(Self {
            name: config.name.clone(),
            root: root.to_owned(),
            config,
        })
    }

    /// The target of that name, or the default one, with its variables replaced.
    pub fn target(&self, name: Option<&str>) -> Result<(&str, TargetConfig), ProjectError> {
        let wanted = match name.or(self.config.default_target.as_deref()) {
            Some(wanted) => wanted,
            None => match self.config.targets.keys().next() {
                Some(only) if self.config.targets.len() == 1 => only,
                _ => return Err(self.unknown_target(None)),
            },
        };
        let (name, target) = self
            .config
            .targets
            .get_key_value(wanted)
            .ok_or_else(|| self.unknown_target(Some(wanted)))?;
        let place = format!("[targets.{name}] in {}", self.config_file().display());
        Ok((name, target.resolve(&place, &process_environment)?))
    }

    /// Sources by name. One whose variables are not set is an error of its own: others can go on.
    pub fn sources(&self) -> impl Iterator<Item = (&str, Result<SourceConfig, ProjectError>)> {
        self.config.sources.iter().map(|(name, source)| {
            let place = format!("[sources.{name}] in {}", self.config_file().display());
            (name.as_str(), source.resolve(&place, &process_environment))
        })
    }

    fn config_file(&self) -> PathBuf {
        self.root.join(CONFIG_FILE)
    }

    fn unknown_target(&self, wanted: Option<&str>) -> ProjectError {
        ProjectError::UnknownTarget {
            file: self.config_file(),
            wanted: wanted.map(str::to_owned),
            known: self.config.targets.keys().cloned().collect(),
        }
    }
}

fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
