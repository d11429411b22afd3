//! Opens a Parquet file by its address. The address stays in memory: it may be signed.

use leptos::html;
use leptos::prelude::*;

use super::dialog::Dialog;
use crate::engine::Source;
use crate::state::{Session, names};

/// Why an address cannot be opened; none if it can be tried.
fn objection(url: &str) -> Option<&'static str> {
    let is_loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|prefix| {
            url.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
    if url.is_empty() {
        Some("Enter the address of a Parquet file.")
    } else if url.starts_with("s3://") {
        Some("A browser cannot read s3:// addresses. Use a presigned https:// address of the object.")
    } else if url.starts_with("https://") || is_loopback {
        None
    } else {
        Some("The address has to begin with https://.")
    }
}

/// The dialog that asks for the address.
#[component]
pub fn OpenUrlDialog(
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let input = NodeRef::<html::Input>::new();
    let complaint = RwSignal::new(None);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(input) = input.get_untracked() else {
            return;
        };
        let url = input.value().trim().to_owned();
        complaint.set(objection(&url));
        if complaint.get_untracked().is_none() {
            is_open.set(false);
            session.open_and_show(names::of_file(&url), vec![Source::Url(url)]);
        }
    };
    view! {
        <Dialog is_open=is_open title="Open by address">
            <form class="open-url" on:submit=submit novalidate>
                <label for="open-url-input">"Address of a Parquet file"</label>
                <input
                    id="open-url-input"
                    node_ref=input
                    class="input"
                    type="url"
                    inputmode="url"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="https://bucket.s3.amazonaws.com/trips.parquet?X-Amz-…"
                    autofocus
                    data-testid="open-url"
                    aria-describedby="open-url-note"
                    aria-invalid=move || complaint.get().is_some().to_string()
                />
                <p id="open-url-note" class="note" class:is-error=move || complaint.get().is_some()>
                    {move || {
                        complaint
                            .get()
                            .unwrap_or(
                                "Only the parts that a query needs are fetched. The address is kept in this tab's memory only.",
                            )
                    }}
                </p>
                <div class="dialog-actions">
                    <button type="submit" class="button is-primary">
                        "Open"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_a_browser_may_fetch_are_tried() {
        for url in [
            "https://h/a.parquet",
            "http://127.0.0.1:8080/a",
            "http://localhost/a",
            "http://[::1]:1/a",
        ] {
            assert_eq!(objection(url), None, "{url}");
        }
        for url in [
            "",
            "s3://b/k",
            "http://h/a.parquet",
            "http://localhost.evil.example/a",
            "file:///etc/passwd",
        ] {
            assert!(objection(url).is_some(), "{url}");
        }
    }
}
