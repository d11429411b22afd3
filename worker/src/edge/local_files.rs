//! Files on the person's disk, read by slices.

use std::cell::RefCell;

use bytes::Bytes;
use js_sys::Uint8Array;
use protocol::{Failure, FailureKind};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::io::{Chunk, Span};

/// Files that the page has handed over; an index is valid for the life of the worker.
#[derive(Default)]
pub(super) struct LocalFiles {
    files: RefCell<Vec<File>>,
}

impl LocalFiles {
    pub(super) fn add(&self, file: File) -> usize {
        let mut files = self.files.borrow_mut();
        files.push(file);
        files.len() - 1
    }

    pub(super) async fn read(&self, index: usize, name: &str, span: &Span) -> Result<Chunk, Failure> {
        let unreadable = |what: &str| {
            Failure::new(
                FailureKind::StaleSnapshot,
                format!("{name} cannot be read: {what}."),
            )
            .with_hint("The file may have been changed, moved or deleted. Open it again.")
        };
        let file = self
            .files
            .borrow()
            .get(index)
            .cloned()
            .ok_or_else(|| unreadable("the page no longer holds it"))?;
        let size = file.size();
        let (start, end) = match span {
            Span::Whole => (0.0, size),
            #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
            Span::Range(range) => (range.start as f64, (range.end as f64).min(size)),
        };
        let slice = file
            .slice_with_f64_and_f64(start, end)
            .map_err(|_| unreadable("its range cannot be taken"))?;
        let buffer = JsFuture::from(slice.array_buffer())
            .await
            .map_err(|_| unreadable("the browser refuses"))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size is a whole number"
        )]
        Ok(Chunk {
            bytes: Bytes::from(Uint8Array::new(buffer.unchecked_ref()).to_vec()),
            total_bytes: size as u64,
            etag: None,
            requests: 1,
            timing: None,
        })
    }
}
