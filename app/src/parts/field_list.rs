//! The fields of the table, with search.

use catalog::{Column, Role};
use leptos::html;
use leptos::prelude::*;

use super::field::Field;
use crate::browser;
use crate::state::{Load, Workbench};

/// What fields are for, in the order of the list.
const SECTIONS: [(Role, &str); 3] = [
    (Role::Time, "Time"),
    (Role::Dimension, "Dimensions"),
    (Role::Measure, "Measures"),
];

/// Fields by role, in the order of the table; each can be opened to its values or histogram.
#[component]
pub fn FieldList() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let search = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    browser::on_key(move |event| {
        if event.key() == "/" && !browser::is_typing() {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                // An input on the page can be focused.
                let _ = input.focus();
            }
        }
    });
    let found = Memo::new(move |_| {
        let wanted = search.get().to_lowercase();
        let columns = bench.columns().into_iter();
        columns
            .filter(|column| column.name.to_lowercase().contains(&wanted))
            .collect::<Vec<_>>()
    });
    let is_loading = move || matches!(bench.load(), Some(Load::Loading));
    let is_nothing_found = move || bench.manifest().is_some() && found.with(Vec::is_empty);
    view! {
        <div class="field-search">
            <super::Icon glyph=super::Glyph::Search />
            <input
                node_ref=input
                type="search"
                class="input"
                placeholder="Search fields"
                aria-label="Search fields"
                prop:value=move || search.get()
                on:input=move |event| search.set(event_target_value(&event))
            />
        </div>
        <Show when=is_loading>
            <div class="skeleton-list" aria-label="Loading fields" role="status">
                {(0..8).map(|_| view! { <div class="skeleton"></div> }).collect_view()}
            </div>
        </Show>
        {SECTIONS.map(|(role, title)| view! { <Section role=role title=title fields=found /> }).collect_view()}
        <Show when=is_nothing_found>
            <p class="note">"No field of that name."</p>
        </Show>
    }
}

/// Fields of one role; nothing where there are none.
#[component]
fn Section(role: Role, title: &'static str, fields: Memo<Vec<Column>>) -> impl IntoView {
    let of_role = move || {
        let mut fields = fields.get();
        fields.retain(|column| column.role == role);
        fields
    };
    let is_empty = Memo::new(move |_| of_role().is_empty());
    view! {
        <Show when=move || !is_empty.get()>
            <h2 class="side-title">{title}</h2>
            <ul class="fields" aria-label=title>
                <For each=of_role key=|column| (column.field_id, column.name.clone()) let(column)>
                    <Field column=column />
                </For>
            </ul>
        </Show>
    }
}
