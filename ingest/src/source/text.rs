//! Text files before they are read: what DuckDB does not notice.
//!
//! Invariant: a packed file of which not every byte can be had is not read. DuckDB takes the rows up to where it breaks off
//! for all of them. Each packed file is unpacked once more for that, which takes a small part of the time of parsing.
//!
//! Entry point: [`sound`].

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, copy, sink};

use super::convert::{Ready, each};
use super::{Rejected, SourceError, SourceFile};
use crate::project::{SourceConfig, SourceFormat};

/// The files without those that are empty or break off.
pub(super) fn sound(
    source: &str,
    config: &SourceConfig,
    format: SourceFormat,
    files: &[SourceFile],
    threads: usize,
) -> Result<Ready, SourceError> {
    let mut sound = Ready::default();
    if !matches!(format, SourceFormat::Csv | SourceFormat::Json) {
        sound.files = files.to_vec();
        return Ok(sound);
    }
    let is_empty = |file: &&SourceFile| std::fs::metadata(&file.path).is_ok_and(|found| found.len() == 0);
    let (empty, filled): (Vec<&SourceFile>, Vec<&SourceFile>) = files.iter().partition(is_empty);
    let filled: Vec<SourceFile> = match (filled.is_empty(), format) {
        (true, SourceFormat::Csv) => {
            let rejected = |file: &&SourceFile| {
                let reason = "it is empty: its first line has to hold the names of columns".to_owned();
                Rejected::of(source, file, reason)
            };
            return Err(SourceError::of_files(empty.iter().map(rejected).collect()));
        }
        // An API may have no records.
        (true, _) => files.to_vec(),
        (false, _) => {
            sound.warnings = empty
                .iter()
                .map(|file| format!("{} is empty", file.origin))
                .collect();
            filled.into_iter().cloned().collect()
        }
    };
    let checked = each(threads, &filled, |_, file| whole(config, file));
    for (file, checked) in filled.into_iter().zip(checked) {
        match checked {
            Ok(()) => sound.files.push(file),
            Err(reason) => sound.rejected.push(Rejected::of(source, &file, reason)),
        }
    }
    if sound.files.is_empty() {
        return Err(SourceError::of_files(sound.rejected));
    }
    Ok(sound)
}

/// Unpacks a file that is packed, to its end.
fn whole(config: &SourceConfig, file: &SourceFile) -> Result<(), String> {
    let name = file.path.to_string_lossy().to_lowercase();
    let told = config.options.get("compression").and_then(toml::Value::as_str);
    let kind = match told {
        Some("auto" | "auto_detect") | None => name.rsplit('.').next().unwrap_or_default(),
        Some(told) => told,
    };
    let opened = || File::open(&file.path).map(BufReader::new);
    let unreadable = |error: std::io::Error| format!("cannot read it: {error}");
    let mut unpacked: Box<dyn Read> = match kind {
        "gz" | "gzip" => Box::new(flate2::read::MultiGzDecoder::new(opened().map_err(unreadable)?)),
        "zst" | "zstd" => {
            let raw = opened().map_err(unreadable)?;
            Box::new(zstd::stream::read::Decoder::with_buffer(raw).map_err(unreadable)?)
        }
        _ => return Ok(()),
    };
    match copy(&mut unpacked, &mut sink()) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(
            "it breaks off: its end is missing, and rows with it. Fetch it again, or pack it again"
                .to_owned(),
        ),
        // What is packed in another way is told by DuckDB.
        Err(error) if error.to_string().contains("header") || error.to_string().contains("frame") => Ok(()),
        Err(error) => Err(format!("it is damaged: {error}")),
    }
}
