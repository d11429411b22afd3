//! A short message at the edge of the page.

use leptos::prelude::*;

use crate::browser;
use crate::state::{Latest, Session};

const SHOWN_MS: i32 = 4_000;

/// The session's notice; goes away by itself.
#[component]
pub fn Toast() -> impl IntoView {
    let session = expect_context::<Session>();
    let pause = StoredValue::new(Latest::default());
    Effect::new(move || {
        if session.notice().is_some() {
            let hide = async move {
                browser::sleep_ms(SHOWN_MS).await;
                session.notify(None);
            };
            pause.update_value(|pause| pause.replace(hide, leptos::task::spawn_local));
        }
    });
    view! {
        <div class="toast-place" role="status" aria-live="polite">
            {move || session.notice().map(|notice| view! { <div class="toast">{notice}</div> })}
        </div>
    }
}
