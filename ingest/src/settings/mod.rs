//! Settings: command line, then environment, then `.env` of the project's folder, then `ingest.toml`.
//!
//! Invariant: each setting is [declared](declared) once, so that a message about it names every place where it can be set.
//! Secrets are no settings: they stay in the [`Environment`] and with the store's client, and nothing here prints them.
//!
//! Entry point: [`Settings::resolve`].

pub mod declared;
mod environment;
mod error;
mod flags;
mod lookup;
mod show;
mod values;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::engine::{Machine, Resources};
pub use declared::Declaration;
pub use environment::{ENV_FILE, Environment};
pub use error::SettingError;
pub use flags::Flags;
pub use lookup::{ConfigLayer, Layers, Origin, Table};
pub use show::{SettingsArgs, run};
pub use values::{ExecutionMode, LogFormat};

/// What an invocation goes by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether a person looks on, and where gold goes by default.
    pub execution_mode: ExecutionMode,
    /// What DuckDB may use; none where the machine decides.
    pub memory_limit_bytes: Option<u64>,
    /// Threads of DuckDB; none where the machine decides.
    pub threads: Option<u16>,
    /// Where scratch folders are made, and who says so.
    pub temp_directory: Option<(PathBuf, Origin)>,
    /// How progress and errors are told.
    pub log_format: LogFormat,
    /// The store of the target; AWS where none.
    pub endpoint: Option<String>,
    /// The region of the target's bucket.
    pub region: Option<String>,
    /// How often a failing request is repeated.
    pub max_retries: usize,
    /// For how long a failing request is repeated.
    pub retry_timeout: Duration,
    /// Snapshots that the catalog remembers beside the current one.
    pub keep_snapshots: usize,
    /// How old an object that nothing names must be before it is removed.
    pub gc_grace: Duration,
    /// The same of sources that name none: what is said of this invocation, not of the target.
    pub(crate) source_endpoint: Option<String>,
    pub(crate) source_region: Option<String>,
    shown: Vec<Shown>,
}

/// A setting as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its declaration.
    pub name: &'static str,
    /// Its value; none where it is not set and has no fixed default.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Settings {
    /// Takes each setting from the first place that has it.
    pub fn resolve(layers: &Layers<'_>) -> Result<Self, SettingError> {
        let mut shown = Vec::new();
        let mut find = |declaration: &'static Declaration| -> Result<Option<(String, Origin)>, SettingError> {
            let found = layers.find(declaration)?;
            shown.push(Shown {
                name: declaration.name,
                value: found.as_ref().map(|(value, _)| value.clone()),
                origin: found
                    .as_ref()
                    .map_or(Origin::Default, |(_, origin)| origin.clone()),
            });
            Ok(found)
        };
        // Values are checked where they are found: what does not parse here stands nowhere.
        let mut text = |declaration| Ok::<_, SettingError>(find(declaration)?.map(|(value, _)| value));
        let execution_mode = text(&declared::EXECUTION_MODE)?.and_then(|text| values::execution_mode(&text));
        let memory_limit_bytes = text(&declared::MEMORY_LIMIT)?.and_then(|text| values::size_bytes(&text));
        let threads = text(&declared::THREADS)?.and_then(|text| values::threads(&text));
        let log_format = text(&declared::LOG_FORMAT)?.and_then(|text| values::log_format(&text));
        let endpoint = text(&declared::ENDPOINT)?;
        let region = text(&declared::REGION)?;
        let max_retries = text(&declared::MAX_RETRIES)?.and_then(|text| values::count(&text, 1000));
        let retry_timeout = text(&declared::RETRY_TIMEOUT)?.and_then(|text| values::duration(&text));
        let keep_snapshots = text(&declared::KEEP_SNAPSHOTS)?.and_then(|text| values::count(&text, 1000));
        let gc_grace = text(&declared::GC_GRACE)?.and_then(|text| values::duration(&text));
        let temp_directory = find(&declared::TEMP_DIRECTORY)?.map(|(folder, origin)| {
            let folder = match (&origin, layers.config) {
                (Origin::Config { .. }, Some(config)) => config.file.with_file_name(folder),
                _ => PathBuf::from(folder),
            };
            (folder, origin)
        });
        let of_invocation = |declaration| -> Result<Option<String>, SettingError> {
            let found = layers.override_of(declaration)?;
            let standard = || {
                let mut names = declaration.standard.iter();
                names.find_map(|name| layers.environment.value(name).map(str::to_owned))
            };
            Ok(found.map(|(value, _)| value).or_else(standard))
        };
        Ok(Self {
            execution_mode: execution_mode.unwrap_or_default(),
            memory_limit_bytes,
            threads,
            temp_directory,
            log_format: log_format.unwrap_or_default(),
            endpoint,
            region,
            max_retries: max_retries.unwrap_or(10),
            retry_timeout: retry_timeout.unwrap_or(Duration::from_secs(180)),
            keep_snapshots: keep_snapshots.unwrap_or(10),
            gc_grace: gc_grace.unwrap_or(Duration::from_secs(7 * 24 * 60 * 60)),
            source_endpoint: of_invocation(&declared::ENDPOINT)?,
            source_region: of_invocation(&declared::REGION)?,
            shown,
        })
    }

    /// Settings where there is no project: of the command line and the environment.
    pub fn without_project(flags: &Flags) -> Result<Self, SettingError> {
        Self::resolve(&Layers {
            flags,
            environment: &Environment::of_process(),
            config: None,
        })
    }

    /// What DuckDB may use: as set, else what suits the machine or container.
    pub fn resources(&self) -> Resources {
        Resources::of(self.memory_limit_bytes, self.threads, &Machine::look())
    }

    /// Whether a person may be looking on.
    pub fn is_interactive(&self) -> bool {
        self.execution_mode == ExecutionMode::Local && self.log_format == LogFormat::Text
    }

    /// What was set, and where.
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }
}

/// How errors are to be told: as the settings say, as far as they can be read.
pub fn log_format_of(root: &Path, flags: &Flags) -> LogFormat {
    let of_project = crate::project::Project::load(root, flags).map(|project| project.settings().log_format);
    of_project
        .ok()
        .or_else(|| {
            Settings::without_project(flags)
                .ok()
                .map(|settings| settings.log_format)
        })
        .unwrap_or_default()
}
