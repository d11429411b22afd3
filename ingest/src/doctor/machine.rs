//! Memory, DuckDB and room for temporary files.

use std::path::Path;

use duckdb::types::Value;

use super::finding::Findings;
use crate::engine::{Engine, Machine};
use crate::print;
use crate::settings::{Settings, declared};

/// With less than this DuckDB is slow, for it spills early.
const LITTLE_MEMORY_BYTES: u64 = 512 << 20;
/// With less than this little can be sorted.
const LITTLE_SPACE_BYTES: u64 = 1 << 30;

/// Compares what DuckDB may use with what there is.
pub(super) fn look_at_memory(settings: &Settings, findings: &mut Findings) {
    let machine = Machine::look();
    let resources = settings.resources();
    let share = resources.memory_limit_bytes;
    let found = format!(
        "{machine}, of which DuckDB may use {} and {}",
        share.map_or_else(|| "what it wants".to_owned(), print::bytes),
        print::counted(u64::from(resources.threads.unwrap_or(1)), "thread"),
    );
    let places = declared::MEMORY_LIMIT.places(None, None);
    match (share, machine.memory_bytes) {
        (Some(share), Some(there)) if share > there / 10 * 9 => findings.warning(
            "memory",
            found,
            format!(
                "DuckDB may take all memory, and the system end the process: set memory_limit to at most {} by {places}, or \
                 leave it out",
                print::bytes(there / 5 * 3)
            ),
        ),
        (Some(share), _) if share < LITTLE_MEMORY_BYTES => findings.warning(
            "memory",
            found,
            format!("large tables will be slow: give the machine or container more memory, or set memory_limit by {places}"),
        ),
        _ => findings.ok("memory", found),
    }
}

/// Opens DuckDB as a run would.
pub(super) fn look_at_duckdb(folder: &Path, settings: &Settings, findings: &mut Findings) -> Option<Engine> {
    let opened = Engine::open(folder, &settings.resources());
    let seen = opened.and_then(|engine| Ok((engine.row("SELECT version()")?, engine)));
    match seen {
        Ok((version, engine)) => {
            let version = match version.as_slice() {
                [Value::Text(version)] => version.clone(),
                _ => "of an unknown version".to_owned(),
            };
            findings.ok("DuckDB", version);
            Some(engine)
        }
        Err(error) => {
            findings.error(
                "DuckDB",
                format!("cannot be opened: {error}"),
                "put DuckDB's library of the release that came with ingest beside the program",
            );
            None
        }
    }
}

/// Looks at the room below the scratch folder. Files of so many bytes are going to be fetched to it.
pub(super) fn look_at_space(scratch: &Path, fetched_bytes: u64, findings: &mut Findings) {
    let folder = scratch.parent().unwrap_or(scratch);
    let free = match fs4::available_space(folder) {
        Ok(free) => free,
        Err(error) => {
            return findings.warning(
                "temporary folder",
                format!(
                    "{}: cannot tell how much room there is: {error}",
                    folder.display()
                ),
                "look at it by other means: DuckDB spills to it what does not fit into memory",
            );
        }
    };
    let mut found = format!("{}, {} free", folder.display(), print::bytes(free));
    if fetched_bytes > 0 {
        found.push_str(&format!(
            ", {} of raw files to fetch",
            print::bytes(fetched_bytes)
        ));
    }
    if free < LITTLE_SPACE_BYTES.max(fetched_bytes) {
        findings.warning(
            "temporary folder",
            found,
            format!(
                "raw files of buckets and what DuckDB spills go there: make room, or set another folder by {}",
                declared::TEMP_DIRECTORY.places(None, None)
            ),
        );
    } else {
        findings.ok("temporary folder", found);
    }
}
