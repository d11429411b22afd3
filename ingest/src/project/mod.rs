//! A project: a folder with `ingest.toml`, SQL models and checks; or a dbt project, which becomes the same.
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
mod remote;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use check::{
    AcceptedRange, AcceptedValues, CheckRule, Columns, Freshness, Literal, Relationships, RowCount, Rule,
};
pub(crate) use config::{Config, TargetTable, is_identifier};
pub use config::{Drift, SourceConfig, SourceFormat};
pub use error::ProjectError;
pub use header::{CheckHeader, ColumnHeader, ModelHeader};
pub(crate) use header::{yaml_text, yaml_word};
pub use interpolate::{Variables, interpolate};
pub(crate) use materialized::contradiction;
pub use materialized::{Incremental, Materialized, OnSchemaChange, Strategy};
pub use model::{CheckFile, Layer, Model, ModelError};
pub use remote::{Cursor, Headers, Pagination};

use crate::dbt::{self, DbtProject};
use crate::settings::declared;
use crate::settings::{
    ConfigLayer, Environment, ExecutionMode, Flags, Layers, Origin, SettingError, Settings,
};
use crate::target::credentials::Credentials;

/// The file that makes a folder a project.
pub const CONFIG_FILE: &str = "ingest.toml";

/// A project as its files say, with the settings of this invocation.
#[derive(Debug, Clone)]
pub struct Project {
    /// What people call this lake.
    pub name: String,
    /// The folder that holds `ingest.toml` or `dbt_project.yml`; relative paths start here.
    pub root: PathBuf,
    file: PathBuf,
    config: Config,
    environment: Environment,
    settings: Settings,
    target: Option<(String, Origin)>,
    credentials: Arc<Credentials>,
    /// What a dbt project's files say.
    dbt: Option<Arc<dbt::Loaded>>,
}

impl Project {
    /// Reads `ingest.toml` and `.env` of the folder; where there is none, `dbt_project.yml` and the files that it names.
    pub fn load(root: &Path, flags: &Flags) -> Result<Self, ProjectError> {
        let file = root.join(CONFIG_FILE);
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                let config = Config::parse(&file, &text)?;
                Self::with(root, file, config, Environment::of_project(root)?, flags)
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Self::of_dbt(root, flags),
            Err(cause) => Err(ProjectError::Unreadable { file, cause }),
        }
    }

    fn of_dbt(root: &Path, flags: &Flags) -> Result<Self, ProjectError> {
        let file = root.join(dbt::PROJECT_FILE);
        let text = std::fs::read_to_string(&file).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => ProjectError::NoProject {
                folder: root.to_owned(),
            },
            _ => ProjectError::Unreadable {
                file: file.clone(),
                cause,
            },
        })?;
        let environment = Environment::of_project(root)?;
        let described = DbtProject::parse(&file, &text, &environment)?;
        let config = described.config(&file)?;
        let mut project = Self::with(root, file, config, environment, flags)?;
        let target = project.target.as_ref().map_or("", |(name, _)| name.as_str());
        let loaded = dbt::Loaded::read(root, &described, &project.environment, target)?;
        project.config.sources.clone_from(&loaded.sources);
        project.dbt = Some(Arc::new(loaded));
        Ok(project)
    }

    fn with(
        root: &Path,
        file: PathBuf,
        config: Config,
        environment: Environment,
        flags: &Flags,
    ) -> Result<Self, ProjectError> {
        let mut layers = Layers {
            flags,
            environment: &environment,
            config: Some(ConfigLayer {
                file: &file,
                default_target: config.default_target.as_deref(),
                settings: &config.settings,
                target: None,
            }),
        };
        let target = choose(&layers, &config)?;
        let chosen = target
            .as_ref()
            .and_then(|(name, _)| config.targets.get_key_value(name));
        if let Some(layer) = &mut layers.config {
            layer.target = chosen.map(|(name, table)| (name.as_str(), &table.settings));
        }
        let settings = Settings::resolve(&layers)?;
        Ok(Self {
            name: config.name.clone(),
            root: root.to_owned(),
            file,
            settings,
            target,
            config,
            credentials: Credentials::of(environment.clone()),
            environment,
            dbt: None,
        })
    }

    /// A folder without an `ingest.toml`, and so without sources and models, with this address as its only target. Variables
    /// are those of the process and of `.env` in the folder.
    pub fn without_file(root: &Path, target: Option<&str>, flags: &Flags) -> Result<Self, ProjectError> {
        let name = match target {
            Some(address) if !address.contains("://") => "folder",
            _ => "bucket",
        };
        let environment = Environment::of_project(root)?;
        let settings = Settings::resolve(&Layers {
            flags,
            environment: &environment,
            config: None,
        })?;
        let table = |address: &str| TargetTable {
            gold: address.to_owned(),
            settings: BTreeMap::new(),
        };
        Ok(Self {
            name: name.to_owned(),
            root: root.to_owned(),
            settings,
            target: target.map(|_| (name.to_owned(), Origin::Default)),
            config: Config {
                name: name.to_owned(),
                default_target: None,
                settings: BTreeMap::new(),
                targets: target
                    .map(|address| (name.to_owned(), table(address)))
                    .into_iter()
                    .collect(),
                sources: BTreeMap::new(),
            },
            credentials: Credentials::of(environment.clone()),
            environment,
            file: root.join(CONFIG_FILE),
            dbt: None,
        })
    }

    /// The target that is chosen: its name, and its address with variables replaced.
    pub fn target(&self) -> Result<(&str, String), ProjectError> {
        let unknown = || ProjectError::UnknownTarget {
            file: self.file.clone(),
            wanted: self.target.clone().map(|(name, origin)| (name, Box::new(origin))),
            known: self.config.targets.keys().cloned().collect(),
            places: self.places(&declared::TARGET),
        };
        let (wanted, _) = self.target.as_ref().ok_or_else(unknown)?;
        let (name, target) = self.config.targets.get_key_value(wanted).ok_or_else(unknown)?;
        let place = format!("gold of [targets.{name}] in {}", self.file.display());
        let address = interpolate(&target.gold, &place, &|name| self.variable(name))?;
        if self.settings.execution_mode == ExecutionMode::Cloud && !is_url(&address) {
            return Err(SettingError::FolderInCloud {
                origin: Box::new(self.origin_of(&declared::EXECUTION_MODE)),
                target: name.clone(),
                address,
                target_places: self.places(&declared::TARGET),
                places: self.places(&declared::EXECUTION_MODE),
            }
            .into());
        }
        Ok((name, address))
    }

    /// The target's name, and who chose it; none where nobody did.
    pub fn chosen_target(&self) -> Option<&(String, Origin)> {
        self.target.as_ref()
    }

    /// What this invocation goes by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Variables of the process and of `.env`.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The credentials of all buckets that this project reads and writes.
    pub(crate) fn credentials(&self) -> Arc<Credentials> {
        self.credentials.clone()
    }

    /// Every place where a setting can be made, for a message.
    pub fn places(&self, declaration: &declared::Declaration) -> String {
        let env_file = self.root.join(crate::settings::ENV_FILE);
        let target = self.target.as_ref().map(|(name, _)| name.as_str());
        declaration.places(Some((&env_file, &self.file)), target)
    }

    /// Sources by name. One whose variables are not set is an error of its own: others can go on.
    pub fn sources(&self) -> impl Iterator<Item = (&str, Result<SourceConfig, ProjectError>)> {
        self.config.sources.iter().map(|(name, source)| {
            let place = format!("[sources.{name}] in {}", self.file.display());
            (name.as_str(), source.resolve(&place, &|name| self.variable(name)))
        })
    }

    /// What its files say in vain.
    pub fn warnings(&self) -> &[String] {
        self.dbt.as_ref().map_or(&[], |loaded| &loaded.warnings)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }

    fn origin_of(&self, declaration: &declared::Declaration) -> Origin {
        let mut shown = self.settings.shown().iter();
        shown
            .find(|shown| shown.name == declaration.name)
            .map_or(Origin::Default, |shown| shown.origin.clone())
    }
}

/// The target that is set; else `default_target`; else the only one. Where the mode is `cloud` and the target was not set
/// for this invocation, a folder gives way to the only bucket.
fn choose(layers: &Layers<'_>, config: &Config) -> Result<Option<(String, Origin)>, SettingError> {
    if let Some(set) = layers.override_of(&declared::TARGET)? {
        return Ok(Some(set));
    }
    let only = |mut targets: Vec<&String>| match (targets.pop(), targets.is_empty()) {
        (Some(name), true) => Some((name.clone(), Origin::Default)),
        _ => None,
    };
    let by_default = layers
        .find(&declared::TARGET)?
        .or_else(|| only(config.targets.keys().collect()));
    let variables = |name: &str| layers.environment.get(name).map(str::to_owned);
    let is_bucket = |target: &TargetTable| {
        interpolate(&target.gold, "gold", &variables).is_ok_and(|address| is_url(&address))
    };
    let default_is_bucket = by_default
        .as_ref()
        .and_then(|(name, _)| config.targets.get(name))
        .is_none_or(is_bucket);
    let mode = layers.find(&declared::EXECUTION_MODE)?;
    if !default_is_bucket && mode.is_some_and(|(mode, _)| mode == ExecutionMode::Cloud.to_string()) {
        let buckets = config.targets.iter().filter(|(_, target)| is_bucket(target));
        return Ok(only(buckets.map(|(name, _)| name).collect()).or(by_default));
    }
    Ok(by_default)
}

fn is_url(address: &str) -> bool {
    address.contains("://")
}
