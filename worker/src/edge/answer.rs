//! Answers the engine's requests for bytes: each by its own fetch or file read, aborted when nobody waits any more.

use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{Either, select};
use protocol::{Failure, FailureKind};
use wasm_bindgen_futures::spawn_local;

use super::http;
use super::local_files::LocalFiles;
use super::locator::Locator;
use super::pump::Pump;
use crate::io::{Chunk, IoRequest, Origin, Span};

/// What the edge reads from.
pub(super) struct Reader {
    pub(super) files: LocalFiles,
    pub(super) lake: Locator,
}

/// Takes requests until the engine is gone.
pub(super) async fn answer(mut requests: UnboundedReceiver<IoRequest>, reader: Rc<Reader>, pump: Rc<Pump>) {
    while let Some(request) = requests.next().await {
        let reader = Rc::clone(&reader);
        let pump = Rc::clone(&pump);
        spawn_local(async move {
            let mut reply = request.reply;
            let reading = Box::pin(reader.read(&request.origin, &request.span));
            let outcome = match select(reading, reply.cancellation()).await {
                Either::Left((outcome, _)) => Some(outcome),
                // Dropping the read aborts its fetch.
                Either::Right(_) => None,
            };
            if let Some(outcome) = outcome {
                // A receiver that has gone in the meantime needs no answer.
                let _ = reply.send(outcome);
                pump.kick();
            }
        });
    }
}

impl Reader {
    async fn read(&self, origin: &Origin, span: &Span) -> Result<Chunk, Failure> {
        match origin {
            Origin::File { index, name } => self.files.read(*index, name, span).await,
            Origin::Url(url) => http::fetch(url, origin.display_name(), span).await,
            Origin::Lake(key) => self.read_lake(key, span).await,
        }
    }

    /// A refusal may only mean that the signature has expired: then it is renewed, once.
    async fn read_lake(&self, key: &str, span: &Span) -> Result<Chunk, Failure> {
        let url = self.lake.url(key).await?;
        let chunk = match http::fetch(&url, key, span).await {
            Err(failure) if failure.kind == FailureKind::Denied && self.lake.forget(key, &url) => {
                let url = self.lake.url(key).await?;
                let mut chunk = http::fetch(&url, key, span).await?;
                chunk.requests += 1;
                chunk
            }
            outcome => outcome?,
        };
        if !self.lake.is_signed() {
            // A static host makes ETags of its own, which say nothing of the one in the manifest. Keys name the content.
            return Ok(Chunk { etag: None, ..chunk });
        }
        if chunk.etag.is_none() {
            return Err(http::hidden_etag(key));
        }
        Ok(chunk)
    }
}
