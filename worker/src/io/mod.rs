//! Ranges of objects, asked for by message.
//!
//! DataFusion wants `Send` futures and a browser's fetch is none, so the engine asks through a channel and the
//! browser's edge (or a test's store) answers. Dropping the asking future closes the reply channel, by which
//! the answering side knows to abort.
//!
//! Invariant: [`Io::read_range`] gives exactly the bytes asked for, of the object version that was asked for.

mod coalesce;
mod counters;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use futures::future::try_join_all;
use protocol::{Failure, FailureKind};

pub use coalesce::coalesce;
pub use counters::Counters;

/// Gaps up to this size are fetched with their neighbours: about what a round trip costs on a fast link.
pub const MAX_GAP_BYTES: u64 = 32 * 1024;

/// What one read may bring into memory: a tab has 4 GiB, and fetched bytes are beside the budget of the operators.
pub const MAX_READ_BYTES: u64 = 512 * 1024 * 1024;

/// Where an object is. Holds no signed URL: the edge finds that by key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An object of the lake, by its key below the gold root.
    Lake(String),
    /// An address that a person gave.
    Url(String),
    /// A local file: its index at the edge, and its name.
    File {
        /// Index.
        index: usize,
        /// Name, for messages.
        name: String,
    },
}

impl Origin {
    /// The name to show: the key, the address without its query, the file name.
    pub fn display_name(&self) -> &str {
        match self {
            Self::Lake(key) => key,
            Self::Url(url) => url.split(['?', '#']).next().unwrap_or(url),
            Self::File { name, .. } => name,
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.display_name())
    }
}

/// An object of known size and version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    /// Where it is.
    pub origin: Origin,
    /// Its size.
    pub bytes: u64,
    /// Its version, where known.
    pub etag: Option<String>,
}

/// What part of an object is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// All of it.
    Whole,
    /// These bytes.
    Range(Range<u64>),
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The bytes.
    pub bytes: Bytes,
    /// The object's whole size.
    pub total_bytes: u64,
    /// The object's ETag, where the answer exposes one.
    pub etag: Option<String>,
    /// Requests that it took, retries included.
    pub requests: u64,
}

/// A request to the answering side.
#[derive(Debug)]
pub struct IoRequest {
    /// The object.
    pub origin: Origin,
    /// The part.
    pub span: Span,
    /// Where the answer goes; closed when nobody waits any more.
    pub reply: oneshot::Sender<Result<Chunk, Failure>>,
}

/// The asking side. Clones share the channel.
#[derive(Debug, Clone)]
pub struct Io {
    requests: mpsc::UnboundedSender<IoRequest>,
}

impl Io {
    /// Both ends of a channel.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<IoRequest>) {
        let (requests, receiver) = mpsc::unbounded();
        (Self { requests }, receiver)
    }

    /// Reads a whole object of unknown size.
    pub async fn read_whole(&self, origin: &Origin) -> Result<Bytes, Failure> {
        let chunk = self.ask(origin, Span::Whole).await?;
        Ok(chunk.bytes)
    }

    /// Finds an object's size and version by reading its first byte: a presigned GET allows no HEAD.
    pub async fn discover(&self, origin: &Origin) -> Result<Object, Failure> {
        let chunk = self.ask(origin, Span::Range(0..1)).await?;
        Ok(Object {
            origin: origin.clone(),
            bytes: chunk.total_bytes,
            etag: chunk.etag,
        })
    }

    /// Reads one range; fails as `StaleSnapshot` when the object is not the one that was planned with.
    pub async fn read_range(
        &self,
        object: &Object,
        range: Range<u64>,
        counters: &Counters,
    ) -> Result<Bytes, Failure> {
        if range.start >= range.end || range.end > object.bytes {
            let name = object.origin.display_name();
            return Err(corrupt(
                name,
                &format!("it refers to bytes {range:?}, but has {}", object.bytes),
            ));
        }
        let asked = range.end - range.start;
        check_size(object, asked)?;
        let chunk = self.ask(&object.origin, Span::Range(range)).await?;
        counters.add_fetch(chunk.requests, chunk.bytes.len() as u64);
        check_version(object, &chunk)?;
        if chunk.bytes.len() as u64 != asked {
            return Err(corrupt(
                object.origin.display_name(),
                &format!("the answer holds {} of {asked} bytes", chunk.bytes.len()),
            ));
        }
        Ok(chunk.bytes)
    }

    /// Reads several ranges in parallel, near ones by one request; the results are in the order asked.
    pub async fn read_ranges(
        &self,
        object: &Object,
        ranges: &[Range<u64>],
        counters: &Counters,
    ) -> Result<Vec<Bytes>, Failure> {
        let fetched = coalesce(ranges, MAX_GAP_BYTES);
        check_size(object, fetched.iter().map(|range| range.end - range.start).sum())?;
        let blocks = try_join_all(
            fetched
                .iter()
                .map(|range| self.read_range(object, range.clone(), counters)),
        )
        .await?;
        ranges
            .iter()
            .map(|range| {
                fetched
                    .iter()
                    .zip(&blocks)
                    .find(|(block, _)| block.start <= range.start && range.end <= block.end)
                    .map(|(block, bytes)| {
                        let start = usize::try_from(range.start - block.start)?;
                        let end = usize::try_from(range.end - block.start)?;
                        Ok::<_, std::num::TryFromIntError>(bytes.slice(start..end))
                    })
                    .and_then(Result::ok)
                    .ok_or_else(|| corrupt(object.origin.display_name(), "a range is out of bounds"))
            })
            .collect()
    }

    async fn ask(&self, origin: &Origin, span: Span) -> Result<Chunk, Failure> {
        let (reply, answer) = oneshot::channel();
        let request = IoRequest {
            origin: origin.clone(),
            span,
            reply,
        };
        let gone = || Failure::new(FailureKind::Internal, "The engine's reader has stopped.");
        self.requests.unbounded_send(request).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// A file that is not what it should be.
pub fn corrupt(name: &str, what: &str) -> Failure {
    Failure::new(
        FailureKind::CorruptFile,
        format!("{name} cannot be read: {what}."),
    )
    .with_hint("The file is damaged, truncated or not Parquet. Write it again, or open another copy.")
}

fn check_size(object: &Object, bytes: u64) -> Result<(), Failure> {
    if bytes <= MAX_READ_BYTES {
        return Ok(());
    }
    let megabytes = |bytes: u64| bytes / (1024 * 1024);
    Err(Failure::new(
        FailureKind::OutOfMemory,
        format!(
            "One read of {} needs {} MiB, and a browser tab may hold {} MiB at once.",
            object.origin.display_name(),
            megabytes(bytes),
            megabytes(MAX_READ_BYTES)
        ),
    )
    .with_hint("Select fewer columns, or write the file with smaller row groups."))
}

fn check_version(object: &Object, chunk: &Chunk) -> Result<(), Failure> {
    let etag_differs = match (&object.etag, &chunk.etag) {
        (Some(planned), Some(found)) => strong(planned) != strong(found),
        _ => false,
    };
    if etag_differs || chunk.total_bytes != object.bytes {
        return Err(Failure::new(
            FailureKind::StaleSnapshot,
            format!(
                "{} has changed since the table was opened.",
                object.origin.display_name()
            ),
        )
        .with_hint("Reload the catalog, or open the file again."));
    }
    Ok(())
}

/// Proxies that compress or re-serve may weaken an ETag; the tag itself still names the version.
fn strong(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

/// Counters and channel that a scan needs.
#[derive(Debug, Clone)]
pub struct ScanIo {
    /// The asking side.
    pub io: Io,
    /// What the query has fetched.
    pub counters: Arc<Counters>,
}
