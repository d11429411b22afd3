//! What a browser fetches for the questions, of files that are written for it.
//!
//! Entry point: [`measure`].

use std::time::{Duration, Instant};

use anyhow::Context;

use super::candidate::Candidate;
use super::question::Question;
use super::subject::{SAMPLE, Subject};
use crate::engine::sql;
use crate::gold::{self, GoldColumn};
use crate::reader::{REQUEST_BYTES, Read, Reader, Slice};

/// What the questions took.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// Size of the files.
    pub file_bytes: u64,
    /// Time to sort and write them.
    pub writing: Duration,
    /// Footers and page indexes of the files that questions touch, each fetched once.
    pub footer_bytes: u64,
    /// The files that questions touch.
    pub footers: u64,
    /// What each question took beside.
    pub reads: Vec<Read>,
}

impl Measured {
    /// Bytes fetched for all questions.
    pub fn bytes(&self) -> u64 {
        self.footer_bytes + self.reads.iter().map(|read| read.bytes).sum::<u64>()
    }

    /// Requests for all questions.
    pub fn requests(&self) -> u64 {
        self.footers + self.reads.iter().map(|read| read.requests).sum::<u64>()
    }

    /// Bytes, and what requests are worth in bytes.
    pub fn cost(&self) -> u64 {
        self.bytes() + self.requests() * REQUEST_BYTES
    }

    /// Time to decode all.
    pub fn decoding(&self) -> Duration {
        self.reads.iter().map(|read| read.decoding).sum()
    }
}

/// Writes the rows in the layout and reads them as the questions do. The files are removed at the end.
pub(super) fn measure(
    subject: &Subject,
    candidate: &Candidate,
    questions: &[Question],
) -> anyhow::Result<Measured> {
    let folder = &subject.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    let names: Vec<String> = subject
        .columns
        .iter()
        .map(|column| sql::identifier(&column.name))
        .collect();
    let select = format!(
        "SELECT {} FROM {SAMPLE}{}",
        names.join(", "),
        order_by(subject, candidate)
    );
    let started = Instant::now();
    let written = gold::write(
        &subject.engine,
        &select,
        &subject.columns,
        candidate.layout(),
        folder,
    )?;
    let mut measured = Measured {
        writing: started.elapsed(),
        reads: vec![Read::default(); questions.len()],
        ..Measured::default()
    };
    for file in &written.files {
        let content =
            std::fs::read(&file.path).with_context(|| format!("cannot read {}", file.path.display()))?;
        let reader = Reader::of(content.into())?;
        measured.file_bytes += file.bytes;
        let mut is_touched = false;
        for (question, read) in questions.iter().zip(&mut measured.reads) {
            is_touched |= add(&reader, &question.slice, read)?;
        }
        if is_touched {
            measured.footers += 1;
            measured.footer_bytes += reader.footer_bytes();
        }
    }
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    Ok(measured)
}

/// Adds what a file gives to what was read of the files before. Returns whether its footer is needed.
fn add(reader: &Reader, slice: &Slice, read: &mut Read) -> anyhow::Result<bool> {
    let slice = Slice {
        first: slice.first.map(|rows| rows.saturating_sub(read.rows)),
        ..slice.clone()
    };
    let is_known = slice.columns.is_empty() && slice.terms.is_empty();
    if is_known || slice.first == Some(0) || !reader.may_hold(&slice.terms)? {
        return Ok(false);
    }
    let part = reader.read(&slice)?;
    read.bytes += part.bytes;
    read.requests += part.requests;
    read.rows += part.rows;
    read.decoding += part.decoding;
    Ok(true)
}

fn order_by(subject: &Subject, candidate: &Candidate) -> String {
    let columns: Vec<GoldColumn> = subject
        .columns
        .iter()
        .map(|column| GoldColumn {
            name: column.name.clone(),
            expression: sql::identifier(&column.name),
            column_type: column.column_type.clone(),
        })
        .collect();
    gold::order_by(
        &columns,
        &candidate.sort_keys,
        &candidate.partition_by,
        subject.is_ordered,
    )
}
