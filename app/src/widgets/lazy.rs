//! The bundles that load on first use: Apache ECharts and CodeMirror behind two small interfaces.

use leptos::web_sys::HtmlElement;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/lazy.js")]
extern "C" {
    /// Makes a chart in a container; events go to the callback. See `app/js/chart.js`.
    #[wasm_bindgen(catch, js_name = createChart)]
    pub async fn create_chart(container: &HtmlElement, on_event: &JsValue) -> Result<JsValue, JsValue>;

    /// Makes an editor in a container. See `app/js/editor.js`.
    #[wasm_bindgen(catch, js_name = createEditor)]
    pub async fn create_editor(container: &HtmlElement, options: &JsValue) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What `createChart` gives.
    pub type ChartHandle;

    /// Draws an input in the place of the last.
    #[wasm_bindgen(method)]
    pub fn update(this: &ChartHandle, input: &JsValue);

    /// Frees the chart.
    #[wasm_bindgen(method)]
    pub fn dispose(this: &ChartHandle);

    /// What `createEditor` gives.
    pub type EditorHandle;

    /// Replaces the document; undo keeps working.
    #[wasm_bindgen(method, js_name = setValue)]
    pub fn set_value(this: &EditorHandle, text: &str);

    /// The names to complete.
    #[wasm_bindgen(method, js_name = setSchema)]
    pub fn set_schema(this: &EditorHandle, schema: &JsValue);

    /// Underlines a place, or nothing.
    #[wasm_bindgen(method, js_name = setError)]
    pub fn set_error(this: &EditorHandle, error: &JsValue);

    /// Puts the cursor into the editor.
    #[wasm_bindgen(method)]
    pub fn focus(this: &EditorHandle);

    /// Frees the editor.
    #[wasm_bindgen(method, js_name = dispose)]
    pub fn dispose_editor(this: &EditorHandle);
}
