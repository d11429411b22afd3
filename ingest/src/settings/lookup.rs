//! Where the value of a setting comes from.
//!
//! Invariant: command line, then environment, then `.env`, then `[targets.NAME]`, then `[settings]`, then the variables of
//! other tools. The first that says something decides, and if that is malformed, nothing else is taken for it.
//!
//! Entry point: [`Layers::find`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::declared::{Declaration, Key};
use super::environment::{ENV_FILE, Environment};
use super::{Flags, SettingError};
use crate::project::interpolate;

/// Settings in a table of `ingest.toml`.
pub type Table = BTreeMap<String, toml::Value>;

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line, without dashes.
    Flag(&'static str),
    /// An environment variable.
    Variable(String),
    /// A variable of `.env`.
    EnvFile {
        /// The variable.
        variable: String,
        /// The file.
        file: PathBuf,
    },
    /// A key of `ingest.toml`.
    Config {
        /// The key.
        key: String,
        /// `[targets.NAME]` or `[settings]`; empty at the top.
        table: String,
        /// The file.
        file: PathBuf,
    },
    /// Nobody says anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "--{flag}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::EnvFile { variable, file } => write!(f, "{variable} in {}", file.display()),
            Self::Config { key, table, file } if table.is_empty() => {
                write!(f, "{key} in {}", file.display())
            }
            Self::Config { key, table, file } => write!(f, "{key} in {table} of {}", file.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What `ingest.toml` says of settings.
#[derive(Debug, Clone, Copy)]
pub struct ConfigLayer<'a> {
    /// The file.
    pub file: &'a Path,
    /// `default_target`.
    pub default_target: Option<&'a str>,
    /// `[settings]`.
    pub settings: &'a Table,
    /// The table of the target that was chosen.
    pub target: Option<(&'a str, &'a Table)>,
}

/// All places, strongest first.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// The command line.
    pub flags: &'a Flags,
    /// Environment and `.env`.
    pub environment: &'a Environment,
    /// `ingest.toml`, where there is a project.
    pub config: Option<ConfigLayer<'a>>,
}

impl Layers<'_> {
    /// The value that counts, checked, and where it was found.
    pub fn find(&self, declaration: &'static Declaration) -> Result<Option<(String, Origin)>, SettingError> {
        let found = match self.override_of(declaration)? {
            Some(found) => Some(found),
            None => self.in_config(declaration)?.or_else(|| {
                let mut standard = declaration.standard.iter();
                standard.find_map(|name| self.variable(name))
            }),
        };
        found.map(|found| self.checked(declaration, found)).transpose()
    }

    /// The same of command line, environment and `.env` alone: what is said of this invocation, not of a target.
    pub fn override_of(
        &self,
        declaration: &'static Declaration,
    ) -> Result<Option<(String, Origin)>, SettingError> {
        let flag = self
            .flags
            .get(declaration)
            .map(|value| (value.to_owned(), Origin::Flag(declaration.flag)));
        flag.or_else(|| self.variable(declaration.variable))
            .map(|found| self.checked(declaration, found))
            .transpose()
    }

    /// Every place where a setting can be made, for a message.
    pub fn places(&self, declaration: &Declaration) -> String {
        match self.config {
            Some(config) => {
                let env_file = config.file.with_file_name(ENV_FILE);
                declaration.places(
                    Some((&env_file, config.file)),
                    config.target.map(|(name, _)| name),
                )
            }
            None => declaration.places(None, None),
        }
    }

    fn variable(&self, name: &str) -> Option<(String, Origin)> {
        let (value, origin) = self.environment.find(name)?;
        Some((value.to_owned(), origin))
    }

    fn in_config(&self, declaration: &Declaration) -> Result<Option<(String, Origin)>, SettingError> {
        let Some(config) = self.config else {
            return Ok(None);
        };
        let origin = |key: &str, table: String| Origin::Config {
            key: key.to_owned(),
            table,
            file: config.file.to_owned(),
        };
        let key = match declaration.key {
            Key::Top(key) => {
                let found = config.default_target;
                return Ok(found.map(|value| (value.to_owned(), origin(key, String::new()))));
            }
            Key::TargetOrSettings => declaration.name,
        };
        let tables = config
            .target
            .map(|(name, table)| (format!("[targets.{name}]"), table))
            .into_iter()
            .chain([("[settings]".to_owned(), config.settings)]);
        for (name, table) in tables {
            if let Some(value) = table.get(key) {
                let place = format!("{key} of {name} in {}", config.file.display());
                let variables = |name: &str| self.environment.get(name).map(str::to_owned);
                let value = interpolate(&text_of(value), &place, &variables)
                    .map_err(|error| SettingError::Variable(error.to_string()))?;
                return Ok(Some((value, origin(key, name))));
            }
        }
        Ok(None)
    }

    fn checked(
        &self,
        declaration: &Declaration,
        (value, origin): (String, Origin),
    ) -> Result<(String, Origin), SettingError> {
        if (declaration.accepts)(&value) {
            return Ok((value, origin));
        }
        Err(SettingError::Malformed {
            name: declaration.name,
            origin: Box::new(origin),
            expects: declaration.expects,
            places: self.places(declaration),
        })
    }
}

fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(is) => is.to_string(),
        // Nothing that any setting accepts.
        _ => String::new(),
    }
}
