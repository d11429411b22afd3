//! Tables beside a statement that belongs to none of them.

use leptos::prelude::*;
use protocol::Slice;

use crate::state::{Session, View};

/// The names of all open tables, each a way to the table.
#[component]
pub fn TableNav() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = move |table: &str| session.view(View::Slice(Slice::of(table)));
    view! {
        <nav class="table-nav" aria-label="Tables">
            <h2 class="side-title">"Tables"</h2>
            <ul>
                {move || {
                    session
                        .table_names()
                        .into_iter()
                        .map(|table| {
                            let name = table.clone();
                            view! {
                                <li>
                                    <button type="button" class="table-nav-item" on:click=move |_| open(&table)>
                                        {name}
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </nav>
    }
}
