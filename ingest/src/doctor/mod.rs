//! The verb `doctor`: what would stand in the way of the other verbs, before it does.
//!
//! Invariant: what is put to probe a store or a folder is removed, also where a probe fails; no secret is printed.
//!
//! Entry point: [`run`].

mod bucket;
mod clock;
mod cors;
mod finding;
mod folder;
mod machine;
mod models;
mod probe;

use std::borrow::Cow;
use std::process::ExitCode;

use crate::cli::ProjectArgs;
use crate::print;
use crate::project::{Project, ProjectError};
use crate::scratch::Scratch;
use crate::settings::declared;
use crate::target::S3Url;
use finding::{Findings, State};

/// Characters of a finding in the table; what is longer follows it.
const WIDEST: usize = 90;

/// Looks at the machine, the project, the target and its credentials for what would stand in the way, and says how to mend it.
///
/// Probes that it puts at the target are removed. The exit code is not 0 where an error was found.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// A folder or s3://bucket/prefix to look at, instead of a project and its target.
    #[arg(value_name = "FOLDER|PREFIX")]
    place: Option<String>,
    #[command(flatten)]
    project: ProjectArgs,
    /// Where the page is served from: what a bucket's CORS rule must let in.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = origin)]
    origin: String,
    /// Look at what readers need only: nothing is put at the target.
    #[arg(long)]
    read_only: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// Looks at everything that there is, and prints what it found.
pub async fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    findings.ok("ingest", env!("CARGO_PKG_VERSION"));
    let (project, has_file) = project(args, &mut findings)?;
    machine::look_at_memory(project.settings(), &mut findings);
    match Scratch::begin(project.settings()) {
        Ok(scratch) => {
            let engine = machine::look_at_duckdb(scratch.path(), project.settings(), &mut findings);
            let mut fetched_bytes = 0;
            if has_file {
                if let Some(engine) = &engine {
                    tokio::task::block_in_place(|| models::look(&project, engine, &mut findings));
                }
                fetched_bytes = models::look_at_sources(&project, scratch.path(), &mut findings).await;
            }
            machine::look_at_space(scratch.path(), fetched_bytes, &mut findings);
        }
        Err(error) => findings.failed("temporary folder", &format!("{error:#}")),
    }
    if has_file || args.place.is_some() {
        look_at_target(args, &project, &mut findings).await;
    }
    if args.json {
        print::out(serde_json::to_string_pretty(&findings)?);
    } else {
        show(&findings);
    }
    Ok(match findings.worst() {
        State::Error => ExitCode::FAILURE,
        State::Ok | State::Warning => ExitCode::SUCCESS,
    })
}

/// The project, and whether it is one: without an `ingest.toml` that can be read there are settings still.
fn project(args: &DoctorArgs, findings: &mut Findings) -> Result<(Project, bool), ProjectError> {
    // A store that does not answer is a finding soon enough.
    let mut flags = args.project.flags.clone();
    for (declaration, value) in [(&declared::MAX_RETRIES, "1"), (&declared::RETRY_TIMEOUT, "5s")] {
        if flags.get(declaration).is_none() {
            flags = flags.with(declaration, value);
        }
    }
    let folder = &args.project.project;
    let without_file = |place| Project::without_file(folder, place, &flags);
    if let Some(place) = &args.place {
        return Ok((without_file(Some(place.as_str()))?, false));
    }
    match Project::load(folder, &flags) {
        Ok(project) => return Ok((project, true)),
        Err(ProjectError::NoProject { .. }) => findings.warning(
            "project",
            format!(
                "there is no ingest.toml and no dbt_project.yml in {}",
                folder.display()
            ),
            "name the folder by --project DIR, or s3://bucket/prefix to look at; `ingest init` makes a new project",
        ),
        Err(error) => findings.failed("project", &error),
    }
    Ok((without_file(None)?, false))
}

async fn look_at_target(args: &DoctorArgs, project: &Project, findings: &mut Findings) {
    let address = match project.target() {
        Ok((_, address)) => address,
        Err(error) => return findings.failed("target", &error),
    };
    match S3Url::parse(&address) {
        Ok(Some(_)) => bucket::look(project, &args.origin, args.read_only, findings).await,
        Ok(None) => folder::look(project, &address, args.read_only, findings).await,
        Err(error) => findings.failed("target", &error),
    }
}

/// An origin as browsers send it: without a path.
fn origin(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if url.origin().is_tuple() => Ok(url.origin().ascii_serialization()),
        _ => Err("write where the page is, as https://lake.example.com".to_owned()),
    }
}

fn show(findings: &Findings) {
    let mut table = print::table(&["", "check", "found"]);
    let mut below = Vec::new();
    for finding in &findings.findings {
        let cell = cell_of(&finding.found);
        table.add_row([finding.state.word(), finding.check.as_str(), cell.as_ref()]);
        let in_full = (cell != finding.found).then_some(&finding.found);
        let texts: Vec<&str> = in_full
            .into_iter()
            .chain(&finding.fix)
            .map(String::as_str)
            .collect();
        if !texts.is_empty() {
            below.push(format!(
                "{}: {}: {}",
                finding.state.word(),
                finding.check,
                texts.join("; ")
            ));
        }
    }
    print::out(table);
    below.into_iter().for_each(print::out);
    let (errors, warnings) = (findings.count(State::Error), findings.count(State::Warning));
    print::out(match (errors, warnings) {
        (0, 0) => "nothing stands in the way".to_owned(),
        (errors, warnings) => format!(
            "{}, {}",
            print::counted(errors as u64, "error"),
            print::counted(warnings as u64, "warning")
        ),
    });
}

/// The first line, as far as a cell of a table has room for it.
fn cell_of(text: &str) -> Cow<'_, str> {
    print::cut(text.lines().next().unwrap_or_default(), WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(
            origin("https://lake.example.com:443/app/?x").as_deref(),
            Ok("https://lake.example.com")
        );
        assert_eq!(
            origin("http://localhost:8080").as_deref(),
            Ok("http://localhost:8080")
        );
        assert!(origin("lake.example.com").is_err());
        assert!(origin("file:///app/index.html").is_err());
    }
}
