//! What the option builder is given: see `app/js/chart-option.js`.

use serde::Serialize;
use wasm_bindgen::JsValue;

use super::ChartSpec;
use super::form::Form;
use crate::result::{ColumnKind, ResultTable, js};

#[derive(Serialize)]
struct ChartInput {
    form: &'static str,
    dimensions: Vec<PlottedColumn>,
    measures: Vec<PlottedColumn>,
}

#[derive(Serialize)]
struct PlottedColumn {
    name: String,
    kind: &'static str,
    additive: bool,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    values: JsValue,
}

/// A result as the option builder takes it; none when it cannot be plotted.
pub fn chart_input(table: &ResultTable, spec: &ChartSpec, form: Form) -> Option<JsValue> {
    let plotted = |column: usize, additive: bool| PlottedColumn {
        name: table.columns()[column].name.clone(),
        kind: match table.kind(column) {
            ColumnKind::Number => "number",
            ColumnKind::Time => "time",
            ColumnKind::Boolean | ColumnKind::Text => "text",
        },
        additive,
        values: js::plotted(table, column),
    };
    let dimensions: Vec<PlottedColumn> = spec
        .ordered_dimensions(table)
        .into_iter()
        .map(|column| plotted(column, false))
        .collect();
    let measures: Vec<PlottedColumn> = spec
        .measures
        .iter()
        .filter(|measure| {
            table.columns().get(measure.column).is_some() && table.kind(measure.column) == ColumnKind::Number
        })
        .map(|measure| plotted(measure.column, measure.is_additive))
        .collect();
    if dimensions.is_empty() || measures.is_empty() {
        return None;
    }
    let input = ChartInput {
        form: form.name(),
        dimensions,
        measures,
    };
    serde_wasm_bindgen::to_value(&input).ok()
}
