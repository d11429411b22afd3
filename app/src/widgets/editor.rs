//! The SQL editor: CodeMirror once it has loaded, a plain text area until then and where it cannot be loaded.
//!
//! Invariant: what has been typed survives the change from the one to the other. Escape and Tab leave the editor.
//!
//! Entry point: [`SqlEditor`].

use js_sys::{Object, Reflect};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::KeyboardEvent;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use super::dom;
use super::lazy::{EditorHandle, create_editor};

const LABEL: &str = "SQL";
const PLACEHOLDER: &str = "SELECT …";

/// Tables and their columns, for completion.
pub type EditorSchema = Vec<(String, Vec<String>)>;

/// A mistake in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditorError {
    /// What is wrong.
    pub message: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

struct Callbacks {
    on_change: Closure<dyn Fn(String)>,
    on_run: Closure<dyn Fn()>,
}

/// Edits a statement. Ctrl/Cmd+Enter runs it, Escape leaves.
#[component]
pub fn SqlEditor(
    /// The text. A change from outside replaces it and can be undone.
    #[prop(into)]
    value: Signal<String>,
    /// The text was edited.
    on_change: Callback<String>,
    /// The text is to be run.
    on_run: Callback<()>,
    /// Names to complete.
    #[prop(into)]
    schema: Signal<EditorSchema>,
    /// The mistake to underline.
    #[prop(into)]
    error: Signal<Option<EditorError>>,
) -> impl IntoView {
    let host = NodeRef::<html::Div>::new();
    let area = NodeRef::<html::Textarea>::new();
    let is_loaded = RwSignal::new(false);
    let handle = StoredValue::new_local(None::<EditorHandle>);
    let callbacks = StoredValue::new_local(Callbacks {
        on_change: Closure::new(move |text| on_change.run(text)),
        on_run: Closure::new(move || on_run.run(())),
    });

    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        spawn_local(async move {
            let options = Object::new();
            let set = |name: &str, value: &JsValue| {
                // Setting a property of a plain object cannot fail.
                let _ = Reflect::set(&options, &JsValue::from_str(name), value);
            };
            set("label", &LABEL.into());
            set("placeholder", &PLACEHOLDER.into());
            let known = callbacks.try_with_value(|callbacks| {
                set("onChange", callbacks.on_change.as_ref());
                set("onRun", callbacks.on_run.as_ref());
            });
            if known.is_none() {
                return;
            }
            // The text of this moment is set below: it may change while the bundle loads.
            set("value", &"".into());
            let created: EditorHandle = match create_editor(&host, &options).await {
                Ok(created) => created.unchecked_into(),
                Err(error) => {
                    leptos::logging::warn!("The editor bundle did not load: {error:?}");
                    return;
                }
            };
            let Some(text) = value
                .try_get_untracked()
                .filter(|_| handle.try_with_value(|_| ()).is_some())
            else {
                created.dispose_editor();
                return;
            };
            created.set_value(&text);
            let had_focus = area.get_untracked().is_some_and(|area| dom::has_focus(&area));
            handle.set_value(Some(created));
            is_loaded.set(true);
            if had_focus {
                with_handle(handle, EditorHandle::focus);
            }
        });
    });
    Effect::new(move |_| {
        let text = value.get();
        if is_loaded.get() {
            with_handle(handle, |editor| editor.set_value(&text));
        }
    });
    Effect::new(move |_| {
        let names = schema.with(|schema| {
            schema
                .iter()
                .cloned()
                .collect::<std::collections::BTreeMap<_, _>>()
        });
        if is_loaded.get()
            && let Ok(names) = names.serialize(&Serializer::json_compatible())
        {
            with_handle(handle, |editor| editor.set_schema(&names));
        }
    });
    Effect::new(move |_| {
        let mistake = error.with(|error| error.serialize(&Serializer::json_compatible()));
        if is_loaded.get()
            && let Ok(mistake) = mistake
        {
            with_handle(handle, |editor| editor.set_error(&mistake));
        }
    });
    on_cleanup(move || with_handle(handle, EditorHandle::dispose_editor));

    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            on_run.run(());
        }
        "Escape" => {
            if let Some(area) = area.get_untracked() {
                // Without focus there is nothing to leave.
                let _ = area.blur();
            }
        }
        _ => {}
    };
    view! {
        <div class="sql-editor" data-testid="sql-editor">
            <div class="sql-editor-host" node_ref=host></div>
            <textarea
                class="sql-editor-plain"
                node_ref=area
                aria-label=LABEL
                placeholder=PLACEHOLDER
                spellcheck="false"
                autocapitalize="off"
                hidden=is_loaded
                prop:value=value
                on:input=move |event| on_change.run(event_target_value(&event))
                on:keydown=on_key
            ></textarea>
            <p class="visually-hidden" role="status">
                {move || error.with(|error| error.as_ref().map(|error| {
                    format!("Line {}, column {}: {}", error.line, error.column, error.message)
                }))}
            </p>
        </div>
    }
}

fn with_handle(handle: StoredValue<Option<EditorHandle>, LocalStorage>, act: impl FnOnce(&EditorHandle)) {
    handle.try_with_value(|handle| {
        if let Some(handle) = handle {
            act(handle);
        }
    });
}
