//! Results as JavaScript values: the edge to the console API and to the charts.

use js_sys::{Array, Float64Array, Object, Reflect};
use wasm_bindgen::JsValue;

use super::{Cell, ColumnKind, ResultTable};

/// The largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: u128 = (1 << 53) - 1;

/// All rows, each an array. Integers beyond 2^53 and decimals are strings, times ISO 8601, bytes hexadecimal.
pub fn rows(table: &ResultTable) -> Array {
    let rows = Array::new();
    table.for_each_row(0..table.row_count(), 0..table.columns().len(), |_, cells| {
        rows.push(&cells.iter().map(value).collect::<Array>());
    });
    rows
}

/// One column as a chart plots it: numbers and times (milliseconds since 1970) with NaN for NULL, else text or null.
pub fn plotted(table: &ResultTable, column: usize) -> JsValue {
    let rows = 0..table.row_count();
    if matches!(table.kind(column), ColumnKind::Number | ColumnKind::Time) {
        let mut numbers = Vec::with_capacity(table.row_count());
        table.for_each_row(rows, column..column + 1, |_, cells| {
            numbers.push(cells.first().and_then(Cell::number).unwrap_or(f64::NAN));
        });
        return Float64Array::from(numbers.as_slice()).into();
    }
    let texts = Array::new();
    table.for_each_row(rows, column..column + 1, |_, cells| {
        let text = cells.first().and_then(Cell::display);
        texts.push(&text.map_or(JsValue::NULL, JsValue::from));
    });
    texts.into()
}

fn value(cell: &Cell) -> JsValue {
    match cell {
        Cell::Null => JsValue::NULL,
        Cell::Boolean(value) => JsValue::from_bool(*value),
        #[expect(clippy::cast_precision_loss, reason = "checked to be exact")]
        Cell::Integer(value) if value.unsigned_abs() <= MAX_SAFE_INTEGER => JsValue::from_f64(*value as f64),
        Cell::Integer(value) => JsValue::from_str(&value.to_string()),
        Cell::Float32(value) => JsValue::from_f64(f64::from(*value)),
        Cell::Float64(value) => JsValue::from_f64(*value),
        Cell::Decimal(text)
        | Cell::Moment { text, .. }
        | Cell::Clock(text)
        | Cell::Span { text, .. }
        | Cell::Text(text)
        | Cell::Opaque(text) => JsValue::from_str(text),
        Cell::List(items) => items.iter().map(value).collect::<Array>().into(),
        Cell::Record(fields) => {
            let object = Object::new();
            for (name, field) in fields {
                // Setting a property of a plain object cannot fail.
                let _ = Reflect::set(&object, &JsValue::from_str(name), &value(field));
            }
            object.into()
        }
    }
}
