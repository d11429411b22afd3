//! What can be wrong with a project's files.

use std::path::{Path, PathBuf};

use crate::settings::{Origin, SettingError};

/// A project that cannot be used as it is. Each message says what, where and how to fix it.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The folder has neither `ingest.toml` nor `dbt_project.yml`.
    #[error("{} holds no ingest.toml and no dbt_project.yml: run in a project's folder or name it with --project", .folder.display())]
    NoProject {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A file that exists cannot be read.
    #[error("cannot read {}: {cause}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// `ingest.toml` is no TOML, or not of the expected shape.
    #[error("{} is not valid: {reason}", .file.display())]
    InvalidConfig {
        /// The file.
        file: PathBuf,
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// A setting is missing or not what it should be.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The target that is set is no `[targets.*]`, or none is set.
    #[error("{}", unknown_target(.wanted.as_ref(), .known, .file, .places))]
    UnknownTarget {
        /// `ingest.toml`.
        file: PathBuf,
        /// The name asked for, if any, and where it was set.
        wanted: Option<(String, Box<Origin>)>,
        /// The names that exist.
        known: Vec<String>,
        /// Every place where a target can be set.
        places: String,
    },
    /// `${NAME}` names a variable that is set neither in the environment nor in `.env`.
    #[error(
        "{place} uses ${{{name}}}, which is not set: set the environment variable {name}, write {name}=value to .env beside ingest.toml, or give a default as in ${{{name}:-value}}"
    )]
    UnsetVariable {
        /// Where it is used, for example `[sources.flights] path in ingest.toml`.
        place: String,
        /// The variable.
        name: String,
    },
    /// `${` without `}`, or a name that no variable can have.
    #[error("{place} holds `{text}`, which is no variable: write ${{NAME}}, or $${{ for a literal ${{")]
    MalformedVariable {
        /// Where it is used.
        place: String,
        /// What is written.
        text: String,
    },
}

fn unknown_target(
    wanted: Option<&(String, Box<Origin>)>,
    known: &[String],
    file: &Path,
    places: &str,
) -> String {
    let file = file.display();
    match (wanted, known) {
        (_, []) => {
            format!("{file} declares no target: add [targets.local] with gold = \".goldpan/gold\"")
        }
        (Some((wanted, origin)), known) => format!(
            "{file} declares no target `{wanted}`: use one of {}, or add [targets.{wanted}]. The name comes from {origin}",
            known.join(", ")
        ),
        (None, known) => format!(
            "{file} names no default_target: add default_target = \"{}\", or choose one of {} by {places}",
            known[0],
            known.join(", ")
        ),
    }
}
