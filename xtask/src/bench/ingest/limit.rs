//! A table larger than memory, made and sorted within 1 GiB that the kernel enforces.
//!
//! Invariant: what the disk cannot hold is refused before it is begun.
//!
//! Entry point: [`measure`].

use anyhow::{Context, Result, ensure};
use std::path::Path;

use super::copy::MODEL;
use super::figures::{Figure, count, mebibytes, time};
use super::project::{Bench, remove};
use crate::bench::memory;
use crate::report::step;
use crate::workspace::Workspace;

const LIMIT_BYTES: u64 = 1 << 30;
/// Of the raw files; 14 were measured.
const RAW_BYTES_PER_ROW: u64 = 16;
/// Of the run, most of it what the sort keeps in its temporary folder. It grows with the rows, as less of them stays in
/// memory: 104 were measured for 20 million rows, 142 for 40 million; more were not.
const RUN_BYTES_PER_ROW: u64 = 200;

/// Makes the raw files without a limit, then runs within it.
pub fn measure(bench: &Bench, rows: u64) -> Result<Vec<Figure>> {
    let need_bytes = need_bytes(rows, bench.has_raw(rows));
    has_room(bench.workspace, bench.cache(), need_bytes, rows)?;
    let project = bench.project("memory", &bench.raw(rows)?)?;
    project.model("trips", MODEL)?;
    let mut command = vec![bench.program(), "run".into(), "--full-refresh".into()];
    command.extend(project.arguments("folder")?);
    let what = format!("ingest run, {} rows within 1 GiB", count(rows));
    let taken = step(&what, "a sort that goes by way of the disk", || {
        memory::within(bench.workspace, LIMIT_BYTES, &command)
    })?;
    remove(&project.root)?;
    ensure!(
        taken.code == Some(0),
        "the run ended with {}; {} processes were killed for memory, {} resident at most",
        taken
            .code
            .map_or("a signal".to_owned(), |code| format!("status {code}")),
        taken.kills,
        mebibytes(taken.peak_resident_bytes)
    );
    Ok(vec![Figure {
        what: format!("`ingest run`, {} rows, sorted, within 1 GiB", count(rows)),
        measured: format!(
            "{}, {} killed; {}",
            mebibytes(taken.peak_resident_bytes),
            taken.kills,
            time(taken.took)
        ),
        goal: "1024 MiB, none killed".to_owned(),
        ratio: Some(taken.peak_resident_bytes as f64 / LIMIT_BYTES as f64),
    }])
}

fn need_bytes(rows: u64, has_raw: bool) -> u64 {
    let raw = if has_raw { 0 } else { RAW_BYTES_PER_ROW };
    rows.saturating_mul(RUN_BYTES_PER_ROW + raw)
}

fn has_room(workspace: &Workspace, folder: &Path, need_bytes: u64, rows: u64) -> Result<()> {
    let path = folder.to_string_lossy();
    let printed = workspace
        .read("df", &["-Pk", &path])
        .context("`df` does not say how much room there is")?;
    let free_bytes = available_bytes(&printed).with_context(|| format!("`df` says no room: {printed}"))?;
    let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
    let (need, free) = (gigabytes(need_bytes), gigabytes(free_bytes));
    eprintln!(
        "\n{} rows within 1 GiB need about {need} of disk in {path}; {free} are free",
        count(rows)
    );
    ensure!(
        need_bytes <= free_bytes,
        "{} rows need about {need} of disk in {path}, and {free} are free: make room, name another disk in \
         XDG_CACHE_HOME, or take fewer rows by --memory-rows",
        count(rows)
    );
    Ok(())
}

/// What `df -Pk` says is available: the column before the one with the percent sign.
fn available_bytes(printed: &str) -> Option<u64> {
    let words: Vec<&str> = printed.lines().nth(1)?.split_whitespace().collect();
    let used = words.iter().position(|word| word.ends_with('%'))?;
    let kibibytes: u64 = words.get(used.checked_sub(1)?)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_read_from_df_whatever_the_name_of_the_disk() {
        let printed = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                       map auto home 100 40 60 40% /home of me\n";
        assert_eq!(available_bytes(printed), Some(60 * 1024));
        assert_eq!(available_bytes("df: no such file\n"), None);
    }

    #[test]
    fn raw_files_that_are_there_need_no_more_room() {
        assert!(need_bytes(1_000, true) < need_bytes(1_000, false));
    }
}
