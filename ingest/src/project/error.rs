//! What can be wrong with a project's files.

use std::path::PathBuf;

/// A project that cannot be used as it is. Each message says what, where and how to fix it.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The folder has no `ingest.toml`.
    #[error("{} holds no ingest.toml: run in a project's folder or name it with --project", .folder.display())]
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
    /// `--target` or `default_target` names no `[targets.*]`.
    #[error("{}", unknown_target(.wanted.as_deref(), .known, .file))]
    UnknownTarget {
        /// `ingest.toml`.
        file: PathBuf,
        /// The name asked for, if any.
        wanted: Option<String>,
        /// The names that exist.
        known: Vec<String>,
    },
    /// `${NAME}` names an environment variable that is not set.
    #[error(
        "{place} uses ${{{name}}}, which is not set: set the environment variable {name}, or give a default as in ${{{name}:-value}}"
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

fn unknown_target(wanted: Option<&str>, known: &[String], file: &std::path::Path) -> String {
    let file = file.display();
    match (wanted, known) {
        (_, []) => {
            format!("{file} declares no target: add [targets.local] with gold = \".goldpan/gold\"")
        }
        (Some(wanted), known) => format!(
            "{file} declares no target `{wanted}`: use one of {}, or add [targets.{wanted}]",
            known.join(", ")
        ),
        (None, known) => format!(
            "{file} names no default_target: add default_target = \"{}\", or choose with --target (one of {})",
            known[0],
            known.join(", ")
        ),
    }
}
