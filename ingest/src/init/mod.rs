//! The verb `init`: a project that runs at once, with comments that teach.
//!
//! Invariant: no file that is there is ever changed. `ingest.toml` is written last, so that a folder is a project only
//! when all the rest of it is there, and what was interrupted can be begun again.
//!
//! Entry point: [`run`].

mod from;
mod starter;
mod write;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::ProjectArgs;
use crate::log;
use crate::print;
use crate::project::{CONFIG_FILE, Project};
use crate::scratch::Scratch;
use crate::settings::declared;

/// Makes a project in a folder: ingest.toml, models, checks and a few raw rows, ready for `ingest run`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder, made where it does not exist. A file that is there stays as it is.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Files to make the project for: a folder, a glob in quotes, or s3://bucket/prefix. What is like orders-1.csv,
    /// orders-2.csv becomes the source `orders`.
    #[arg(long, value_name = "FOLDER|GLOB|PREFIX")]
    from: Option<String>,
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
pub async fn run(args: &InitArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.project.project == Path::new("."),
        "init makes a new project in DIR: leave --project out"
    );
    refuse_project(&args.folder)?;
    let root = real(&args.folder)?;
    let name = lake_name(&root);
    let files = match &args.from {
        Some(from) => proposed(args, from, &root, &name).await?,
        None => starter::files(&name),
    };
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

/// The files of a project for raw files that are there, with a line for each source.
async fn proposed(args: &InitArgs, from: &str, root: &Path, name: &str) -> anyhow::Result<Vec<NewFile>> {
    let flags = &args.project.flags;
    let project = Project::without_file(root, None, flags)?;
    let scratch = Scratch::begin(project.settings())?;
    let endpoint = flags.get(&declared::ENDPOINT);
    let proposal = from::propose(&project, from, name, endpoint, scratch.path()).await?;
    for line in &proposal.found {
        print::out(line);
    }
    for warning in &proposal.warnings {
        log::warning(warning);
    }
    Ok(proposal.files)
}

/// The folder from the root on, without links and `..`, also where it is not there yet.
fn real(folder: &Path) -> anyhow::Result<PathBuf> {
    let absolute =
        std::path::absolute(folder).with_context(|| format!("cannot tell where {} is", folder.display()))?;
    let there = absolute.ancestors().find_map(|above| {
        let rest = absolute.strip_prefix(above).ok()?;
        Some(above.canonicalize().ok()?.join(rest).components().collect())
    });
    Ok(there.unwrap_or(absolute))
}

/// The folder's own name.
fn lake_name(root: &Path) -> String {
    let name = root
        .file_name()
        .map(|name| name.to_string_lossy().trim().to_owned());
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "lake".to_owned())
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
