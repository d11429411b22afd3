//! A project for files that are there: what `init --from` proposes.
//!
//! Invariant: what is proposed runs: each check held when the files were looked at.
//!
//! Entry point: [`propose`].

mod files;
mod look;
mod model;
mod place;
mod stem;

use std::path::Path;

use super::{NewFile, starter};
use crate::engine::Resources;
use crate::print;
use crate::project::Project;
use crate::source::{RawFile, SourceError, Stage};
use files::Group;
use look::Look;

/// Of a source in a bucket, files are fetched until they are so many bytes, and so looked at.
const FETCHED_BYTES: u64 = 256 << 20;

/// A project that is to be written, and what to say of it.
pub(super) struct Proposal {
    /// All files, `ingest.toml` last.
    pub files: Vec<NewFile>,
    /// What was made of which files, a line each.
    pub found: Vec<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// Looks at the files and writes a project for them, which is going to be in the root of the one that is given.
pub(super) async fn propose(
    project: &Project,
    from: &str,
    name: &str,
    endpoint: Option<&str>,
    scratch: &Path,
) -> anyhow::Result<Proposal> {
    let found = files::find(project, from).await?;
    let endpoint = endpoint.filter(|_| found.is_bucket);
    let resources = project.settings().resources();
    anyhow::ensure!(
        !found.groups.is_empty(),
        "--from {from}: no file there that is CSV, JSON, Parquet, Arrow or a workbook by its extension ({} of other kinds)",
        print::counted(found.others, "file")
    );
    let mut proposal = Proposal {
        files: starter::common(),
        found: Vec::new(),
        warnings: Vec::new(),
    };
    let mut sources = Vec::new();
    for group in &found.groups {
        let look = match look_at(group, found.is_bucket, scratch, &resources).await {
            Ok(look) => look,
            Err(error) => {
                proposal
                    .warnings
                    .push(format!("{} is left out: {error}", group.path));
                continue;
            }
        };
        let told = look.rejected.iter().chain(&look.warnings);
        let warnings = told.map(|told| format!("source.{}: {told}", group.name));
        proposal.warnings.extend(warnings);
        let seen = match look.files.cmp(&group.files.len()) {
            std::cmp::Ordering::Less => {
                format!(" of {} looked at", print::counted(look.files as u64, "file"))
            }
            _ if look.is_sample => " looked at".to_owned(),
            _ => String::new(),
        };
        proposal.found.push(format!(
            "source.{}: {} of {}, {}{seen}",
            group.name,
            print::counted(group.files.len() as u64, "file"),
            print::bytes(group.bytes()),
            print::counted(look.rows, "row"),
        ));
        sources.push(model::source(group, &look, endpoint));
        proposal.files.extend(model::files(group, &look));
    }
    anyhow::ensure!(
        !sources.is_empty(),
        "--from {from}: none of the files can be read\n{}",
        proposal.warnings.join("\n")
    );
    if found.others > 0 {
        proposal.warnings.push(format!(
            "{} of other kinds left out: what is read is CSV, JSON, Parquet, Arrow and workbooks",
            print::counted(found.others, "file")
        ));
    }
    proposal.files.push(starter::config(name, &sources.join("\n")));
    Ok(proposal)
}

/// Brings the files of a group here, or enough of them, and looks at them.
async fn look_at(
    group: &Group,
    is_bucket: bool,
    scratch: &Path,
    resources: &Resources,
) -> Result<Look, SourceError> {
    let folder = scratch.join("fetched");
    let wanted = if is_bucket {
        enough(&group.files)
    } else {
        group.files.clone()
    };
    let stage = Stage::new(folder.clone());
    let files = stage.bring(&wanted).await?;
    let look = tokio::task::block_in_place(|| look::look(group, &files, &stage, scratch, resources));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .map_err(|error| SourceError::one(format!("cannot remove {}: {error}", folder.display())))?;
    }
    look
}

/// The last file and the first ones, which together tell what changed in between, in their order.
fn enough(files: &[RawFile]) -> Vec<RawFile> {
    let mut bytes = files.last().map_or(0, |file| file.input.bytes);
    let first = files.iter().enumerate().take_while(|(at, file)| {
        bytes = bytes.saturating_add(file.input.bytes);
        *at + 1 < files.len() && (*at == 0 || bytes <= FETCHED_BYTES)
    });
    let mut wanted: Vec<RawFile> = first.map(|(_, file)| file.clone()).collect();
    wanted.extend(files.last().cloned());
    wanted
}
