//! The verb `init`: a project that runs at once, with comments that teach.
//!
//! Invariant: no file that is there is ever changed. `ingest.toml` is written last, so that a folder is a project only
//! when all the rest of it is there, and what was interrupted can be begun again.
//!
//! Entry point: [`run`].

mod starter;
mod write;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::ProjectArgs;
use crate::log;
use crate::print;
use crate::project::CONFIG_FILE;

/// Makes a project in a folder: ingest.toml, models, checks and a few raw rows, ready for `ingest run`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder, made where it does not exist. A file that is there stays as it is.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    project: ProjectArgs,
}

/// A file of the project that is to be: its path below the folder, with `/`, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NewFile {
    path: String,
    text: String,
}

impl NewFile {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}

/// Makes the project and says what to do next.
pub fn run(args: &InitArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.project.project == Path::new("."),
        "init makes a new project in DIR: leave --project out"
    );
    refuse_project(&args.folder)?;
    let name = lake_name(&args.folder)?;
    let files = starter::files(&name);
    let written = write::write(&args.folder, &files)?;
    for path in &written.made {
        print::out(format!("made {}", args.folder.join(path).display()));
    }
    for path in &written.kept {
        log::note(&format!(
            "{} was there and stays as it is",
            args.folder.join(path).display()
        ));
    }
    if let Some(hint) = starter::gitignore_hint(&args.folder, &written.kept) {
        log::note(&hint);
    }
    print::out(next_steps(&args.folder));
    Ok(())
}

fn refuse_project(folder: &Path) -> anyhow::Result<()> {
    let config = folder.join(CONFIG_FILE);
    anyhow::ensure!(
        !config.exists(),
        "{} is there, so that {} is a project already: give init another folder, or see what this one does by {}",
        config.display(),
        folder.display(),
        command("plan", folder)
    );
    anyhow::ensure!(
        !folder.exists() || folder.is_dir(),
        "{} is a file: give init a folder",
        folder.display()
    );
    Ok(())
}

/// The folder's own name.
fn lake_name(folder: &Path) -> anyhow::Result<String> {
    // Of `.` and `..` only the real path tells the name.
    let real = folder.canonicalize().or_else(|_| std::path::absolute(folder));
    let real = real.with_context(|| format!("cannot tell where {} is", folder.display()))?;
    let name = real
        .file_name()
        .map(|name| name.to_string_lossy().trim().to_owned());
    Ok(name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "lake".to_owned()))
}

/// A verb on this project, as it is typed into a shell.
fn command(verb: &str, folder: &Path) -> String {
    if folder == Path::new(".") {
        return format!("ingest {verb}");
    }
    let folder = folder.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~');
    if folder.chars().all(is_plain) {
        return format!("ingest {verb} --project {folder}");
    }
    format!("ingest {verb} --project '{}'", folder.replace('\'', r"'\''"))
}

fn next_steps(folder: &Path) -> String {
    let steps = [
        ("run", "builds, checks and publishes"),
        ("show", "says what is published"),
        ("query", "shows the rows; --sql takes a question"),
    ];
    let commands = steps.map(|(verb, what)| (command(verb, folder), what));
    let width = commands.iter().map(|(command, _)| command.chars().count()).max();
    let lines = commands.map(|(command, what)| format!("  {command:<0$}  {what}", width.unwrap_or(0)));
    format!("\nnext:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_typed_as_they_are_printed() {
        assert_eq!(command("run", Path::new(".")), "ingest run");
        assert_eq!(command("run", Path::new("a/b-c")), "ingest run --project a/b-c");
        assert_eq!(
            command("run", Path::new("Ada's lake")),
            r"ingest run --project 'Ada'\''s lake'"
        );
    }
}
