//! The verb `settings`: each setting, its value, and where it came from.
//!
//! Invariant: of what is secret it says only that it is set.

use crate::cli::ProjectArgs;
use crate::engine::Machine;
use crate::print;
use crate::project::{Project, ProjectError};

use super::{Origin, Settings, declared};

/// Variables that are secret, or belong to one.
const SECRET: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// Shows each setting, its value and where it came from. Secrets are not shown, only that they are set.
#[derive(Debug, Clone, clap::Args)]
pub struct SettingsArgs {
    #[command(flatten)]
    project: ProjectArgs,
}

/// Prints the settings of the project.
pub fn run(args: &SettingsArgs) -> Result<(), ProjectError> {
    let project = args.project.load()?;
    let mut table = print::table(&["setting", "value", "from"]);
    for (name, value, from) in rows(&project) {
        table.add_row([name, value, from]);
    }
    print::out(table);
    print::out(Machine::look());
    Ok(())
}

fn rows(project: &Project) -> Vec<(String, String, String)> {
    let settings = project.settings();
    let target = match (project.target(), project.chosen_target()) {
        (Ok((name, address)), Some((_, origin))) => (
            format!("{name} ({address})"),
            match origin {
                Origin::Default => "the only one".to_owned(),
                origin => origin.to_string(),
            },
        ),
        (Err(error), _) => ("none".to_owned(), error.to_string()),
        (Ok(_), None) => ("none".to_owned(), String::new()),
    };
    let mut rows = vec![(declared::TARGET.name.to_owned(), target.0, target.1)];
    for declaration in declared::ALL {
        let Some(shown) = settings
            .shown()
            .iter()
            .find(|shown| shown.name == declaration.name)
        else {
            continue;
        };
        let (value, from) = match (&shown.value, shown.origin == Origin::Default) {
            (Some(value), false) => (value.clone(), shown.origin.to_string()),
            _ => (default_of(shown.name, settings), "default".to_owned()),
        };
        rows.push((shown.name.to_owned(), value, from));
    }
    for variable in SECRET.into_iter().chain(["AWS_PROFILE"]) {
        if let Some((value, origin)) = project.environment().find(variable) {
            let is_secret = SECRET.contains(&variable);
            let value = if is_secret { "set" } else { value };
            rows.push((variable.to_owned(), value.to_owned(), origin.to_string()));
        }
    }
    rows
}

fn default_of(name: &str, settings: &Settings) -> String {
    let resources = settings.resources();
    let none = || "DuckDB's own".to_owned();
    match name {
        "execution_mode" => settings.execution_mode.to_string(),
        "memory_limit" => resources.memory_limit_bytes.map_or_else(none, print::bytes),
        "threads" => resources.threads.map_or_else(none, |threads| threads.to_string()),
        "temp_directory" => std::env::temp_dir().display().to_string(),
        "log_format" => settings.log_format.to_string(),
        "endpoint" => "AWS, for a bucket".to_owned(),
        "region" => "that of the profile, for a bucket".to_owned(),
        "max_retries" => settings.max_retries.to_string(),
        "retry_timeout" => humantime::format_duration(settings.retry_timeout).to_string(),
        "keep_snapshots" => settings.keep_snapshots.to_string(),
        "gc_grace" => humantime::format_duration(settings.gc_grace).to_string(),
        _ => String::new(),
    }
}
