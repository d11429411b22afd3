//! Caches, and tables that are kept for use without a network.

use js_sys::Function;
use protocol::{CallItem, ClearCache, Failure, PinTable, Progress, ReadStorage, UnpinTable};
use wasm_bindgen::JsValue;

use super::options::{self, PinOptions};
use super::reply;
use crate::browser;
use crate::state::Session;

pub(super) async fn report(session: Session) -> Result<JsValue, Failure> {
    reply::of_storage(&session.engine().ask(ReadStorage).end().await?)
}

pub(super) async fn clear(session: Session, cache: &JsValue) -> Result<JsValue, Failure> {
    let cache = options::cache(cache)?;
    reply::of_storage(&session.engine().ask(ClearCache { cache }).end().await?)
}

pub(super) async fn unpin(session: Session, table: &JsValue) -> Result<JsValue, Failure> {
    let table = options::text(table, "The table")?;
    reply::of_storage(&session.engine().ask(UnpinTable { table }).end().await?)
}

pub(super) async fn pin(session: Session, table: &JsValue, options: &JsValue) -> Result<JsValue, Failure> {
    let table = options::text(table, "The table")?;
    let PinOptions {
        abort,
        columns,
        on_progress,
    } = PinOptions::read(options)?;
    let pinned = async move {
        session.lake_opened().await?;
        // Where the page itself cannot be kept, the table can; the page says so where a person pins.
        let _ = browser::keep_page().await;
        let mut asking = session.engine().ask(PinTable { table, columns });
        loop {
            match asking.next().await {
                CallItem::Progress(progress) => tell(on_progress.as_ref(), &progress),
                CallItem::Batch(_) | CallItem::Partial(..) | CallItem::Piece(..) => {}
                CallItem::Done(outcome) => return reply::of_storage(&outcome?),
            }
        }
    };
    abort.until_aborted(pinned).await
}

/// An error of the caller's own function is the caller's: it does not end the download.
fn tell(on_progress: Option<&Function>, progress: &Progress) {
    if let (Some(on_progress), Ok(progress)) = (on_progress, reply::of_progress(progress)) {
        let _ = on_progress.call1(&JsValue::NULL, &progress);
    }
}
