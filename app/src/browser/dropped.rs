//! Files that a person picks or drops.

use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement};

/// The files of an `<input type=file>`; the input is emptied, so that the same file can be picked again.
pub fn picked_files(event: &Event) -> Vec<File> {
    let input: HtmlInputElement = leptos::prelude::event_target(event);
    let files = list(input.files());
    input.set_value("");
    files
}

/// The files of a drop.
pub fn dropped_files(event: &DragEvent) -> Vec<File> {
    list(event.data_transfer().and_then(|transfer| transfer.files()))
}

/// Whether what is dragged over the page are files.
pub fn holds_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| {
        transfer
            .types()
            .iter()
            .any(|kind| kind.as_string().as_deref() == Some("Files"))
    })
}

fn list(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else {
        return Vec::new();
    };
    (0..files.length())
        .filter_map(|index| files.item(index))
        .collect()
}
