//! The button that picks local Parquet files.

use leptos::prelude::*;

use super::{Glyph, Icon};
use crate::browser::{self, File};
use crate::engine::Source;
use crate::state::{Session, names};

/// Opens files as one table.
pub fn open_local(session: Session, files: Vec<File>) {
    let Some(first) = files.first() else { return };
    let name = names::of_file(&first.name());
    let sources = files
        .into_iter()
        .map(|file| Source::Local {
            name: file.name(),
            file,
        })
        .collect();
    session.open_and_show(name, sources);
}

/// A button that is a label of the hidden input, so that a click, the keyboard and tests all reach the input.
#[component]
pub fn OpenFileButton(
    /// Whether this is what to do first on the page.
    #[prop(optional)]
    is_primary: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let class = if is_primary {
        "button is-primary file-button"
    } else {
        "button file-button"
    };
    view! {
        <label class=class>
            <Icon glyph=Glyph::File />
            <span>"Open files"</span>
            <input
                type="file"
                class="visually-hidden"
                data-testid="open-file"
                aria-label="Open Parquet files"
                accept=".parquet,.parq,application/vnd.apache.parquet"
                multiple
                on:change=move |event| open_local(session, browser::picked_files(&event))
            />
        </label>
    }
}
