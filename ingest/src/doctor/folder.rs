//! A target that is a folder of this machine.

use std::path::Path;

use super::finding::Findings;
use crate::print;
use crate::project::Project;
use crate::publish::read_catalog;
use crate::target::Target;

/// Writes a file and removes it, where the folder is or is going to be; reads the catalog.
pub(super) async fn look(project: &Project, address: &str, is_read_only: bool, findings: &mut Findings) {
    let folder = project.root.join(address);
    if !is_read_only {
        look_at_writing(&folder, findings);
    }
    if folder.is_dir() {
        match Target::at(&folder) {
            Ok(target) => look_at_catalog(&target, findings).await,
            Err(error) => findings.failed("catalog", &error),
        }
    } else {
        findings.ok("catalog", "nothing is published yet");
    }
}

fn look_at_writing(folder: &Path, findings: &mut Findings) {
    // What is not there yet is made by the first run.
    let nearest = folder.ancestors().find(|folder| folder.exists());
    let nearest = nearest.unwrap_or(Path::new("."));
    let probe = tempfile::Builder::new()
        .prefix(".tmp-doctor-")
        .tempfile_in(nearest)
        .and_then(tempfile::NamedTempFile::close);
    let free = fs4::available_space(nearest);
    match (probe, free) {
        (Err(error), _) => findings.error(
            "target",
            format!("{} cannot be written: {error}", folder.display()),
            format!(
                "let this user write to {}, or name another folder as gold of the target in ingest.toml",
                nearest.display()
            ),
        ),
        (Ok(()), Ok(free)) => findings.ok(
            "target",
            format!("{} can be written, {} free", folder.display(), print::bytes(free)),
        ),
        (Ok(()), Err(_)) => findings.ok("target", format!("{} can be written", folder.display())),
    }
}

/// Whether what is published can be read by this version.
pub(super) async fn look_at_catalog(target: &Target, findings: &mut Findings) {
    match read_catalog(target).await {
        Ok(None) => findings.ok("catalog", "nothing is published yet"),
        Ok(Some((catalog, _))) => findings.ok(
            "catalog",
            format!(
                "format {}, {} in snapshot {}",
                catalog.format_version,
                print::counted(catalog.tables.len() as u64, "table"),
                catalog.snapshot_id
            ),
        ),
        Err(error) => findings.failed("catalog", &error),
    }
}
