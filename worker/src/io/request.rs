//! What goes through the channel.

use std::ops::Range;

use bytes::Bytes;
use futures::channel::oneshot;
use protocol::Failure;

use super::Origin;

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
    /// Requests that it took, retries included; 0 when the disk had it.
    pub requests: u64,
    /// How long the last of them took; none where nobody measured.
    pub timing: Option<Timing>,
}

/// How long a request took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// From sending to the answer's head, in milliseconds.
    pub first_byte_ms: f64,
    /// From the head to the last byte, in milliseconds.
    pub body_ms: f64,
}

/// How soon an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody waits for it.
    Now,
    /// It will be wanted next.
    Ahead,
}

/// What the answering side keeps of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// A copy on disk, as long as there is room.
    OnDisk,
    /// A copy on disk that does not give way to others.
    Pinned,
}

/// A request to the answering side.
#[derive(Debug)]
pub struct IoRequest {
    /// The object.
    pub origin: Origin,
    /// By which name the disk knows the object's version; none when it may not.
    pub disk_name: Option<String>,
    /// The part. A range lies within one extent of the disk's index, or outside all of them.
    pub span: Span,
    /// How soon.
    pub urgency: Urgency,
    /// What to keep.
    pub keep: Keep,
    /// Where the answer goes; closed when nobody waits any more.
    pub reply: oneshot::Sender<Result<Chunk, Failure>>,
}
