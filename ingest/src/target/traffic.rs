//! What a verb read from its target and wrote to it, for a person who wants to know what a run touches.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::print;

/// Objects and bytes, counted as they go.
#[derive(Debug, Default)]
pub struct Traffic {
    read: Count,
    written: Count,
}

#[derive(Debug, Default)]
struct Count {
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Traffic {
    /// An object was read.
    pub fn read(&self, bytes: u64) {
        self.read.add(bytes);
    }

    /// What was read, in words.
    pub fn reads(&self) -> impl fmt::Display {
        &self.read
    }

    /// An object was written.
    pub fn written(&self, bytes: u64) {
        self.written.add(bytes);
    }
}

impl Count {
    fn add(&self, bytes: u64) {
        self.objects.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = print::counted(self.objects.load(Ordering::Relaxed), "object");
        write!(
            f,
            "{objects} ({})",
            print::bytes(self.bytes.load(Ordering::Relaxed))
        )
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} read, {} written", self.read, self.written)
    }
}
