//! A link that cannot be read.

use leptos::prelude::*;

use crate::parts::TopBar;
use crate::state::{Session, View};

/// Says what is wrong with the link, and leads out.
#[component]
pub fn BrokenPage(
    /// Whether the list of keys is open.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let reason = move || match session.location().view {
        View::Broken(broken) => broken.reason,
        _ => String::new(),
    };
    view! {
        <TopBar shortcuts=shortcuts bench=None />
        <main class="page">
            <section class="error-panel" role="alert" data-testid="error-panel" data-kind="BrokenLink">
                <div class="error-text">
                    <h2>"This link cannot be read"</h2>
                    <p class="error-message">
                        "It was probably cut off when it was copied. Ask for it again, or start from the catalog."
                    </p>
                    <details>
                        <summary>"Details"</summary>
                        <ul class="error-causes">
                            <li>{reason}</li>
                        </ul>
                    </details>
                    <div class="error-actions">
                        <button type="button" class="button is-primary" on:click=move |_| session.view(View::Catalog)>
                            "Go to the catalog"
                        </button>
                    </div>
                </div>
            </section>
        </main>
    }
}
