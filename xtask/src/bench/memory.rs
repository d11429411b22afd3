//! A command within a limit of memory that the kernel enforces, and what it took.
//!
//! Invariant: what is reported was measured by the kernel, in a control group of the command's own.
//!
//! Entry points: [`within`], [`print`].

use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::workspace::Workspace;

/// Makes the group and runs the command in it.
const SCRIPT: &str = "xtask/src/bench/within.sh";
/// What the script ends with where it can make no group.
const NO_GROUP: i32 = 125;

/// How a command fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Most memory of its process at one time, as looked at ten times a second.
    pub peak_resident_bytes: u64,
    /// Most memory of the group, pages of files among it: near the limit wherever much is read or written.
    pub peak_group_bytes: u64,
    /// Processes that the kernel killed for memory.
    pub kills: u64,
    /// How long it took.
    pub took: Duration,
    /// What it ended with; none where a signal ended it.
    pub code: Option<i32>,
}

/// Runs a command with so much memory and no swap. Its output goes where ours goes.
pub fn within(workspace: &Workspace, limit_bytes: u64, command: &[OsString]) -> Result<Taken> {
    let report = std::env::temp_dir().join(format!("goldpan-within-{}", std::process::id()));
    let started = Instant::now();
    let status = std::process::Command::new("sh")
        .arg(workspace.path(SCRIPT))
        .arg(limit_bytes.to_string())
        .arg(&report)
        .args(command)
        .status()
        .context("cannot run sh")?;
    let took = started.elapsed();
    if status.code() == Some(NO_GROUP) {
        bail!("the command was not run: this needs Linux and a control group with memory");
    }
    let text = fs::read_to_string(&report).with_context(|| format!("{SCRIPT} reported nothing"))?;
    // It is in the system's temporary folder: one that stays is no harm.
    let _ = fs::remove_file(&report);
    let number =
        |name: &str| number_of(&text, name).with_context(|| format!("{SCRIPT} did not report {name}"));
    Ok(Taken {
        peak_resident_bytes: number("peak_resident_bytes")?,
        peak_group_bytes: number("peak_group_bytes")?,
        kills: number("kills")?,
        took,
        code: status.code(),
    })
}

/// Runs the command and prints what it took. Ends as the command does.
pub fn print(workspace: &Workspace, limit_mib: u64, command: &[OsString]) -> Result<ExitCode> {
    let taken = within(workspace, limit_mib << 20, command)?;
    eprintln!(
        "within {limit_mib} MiB: {} MiB resident at most ({} MiB with pages of files), {} killed, {:.1} s",
        taken.peak_resident_bytes >> 20,
        taken.peak_group_bytes >> 20,
        taken.kills,
        taken.took.as_secs_f64()
    );
    let code = taken.code.and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn number_of(report: &str, name: &str) -> Option<u64> {
    report
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn a_report_names_its_numbers() {
        let report = "peak_resident_bytes=1024\npeak_group_bytes=4096\nkills=\n";
        assert_eq!(number_of(report, "peak_resident_bytes"), Some(1024));
        assert_eq!(number_of(report, "kills"), None);
        assert_eq!(number_of(report, "peak"), None);
    }
}
