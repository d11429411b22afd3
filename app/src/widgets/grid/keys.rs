//! Keys of the grid.

use leptos::prelude::*;
use leptos::web_sys::KeyboardEvent;

use super::columns::STEP_PX;
use super::state::GridState;

/// Answers a key that the grid knows, and leaves all others to the page.
pub fn handle(grid: GridState, event: &KeyboardEvent) {
    let key = event.key();
    let control = event.ctrl_key() || event.meta_key();
    let selection = grid.selection.get_untracked();
    let focus = selection.focus;

    if key == "Enter" && !control {
        event.prevent_default();
        grid.pick(focus, event.alt_key());
        return;
    }
    let step = match key.as_str() {
        "ArrowLeft" => -STEP_PX,
        "ArrowRight" => STEP_PX,
        _ => 0.0,
    };
    if step != 0.0 && event.shift_key() && focus.row == 0 {
        event.prevent_default();
        let width = grid
            .widths
            .with_untracked(|widths| widths.get(focus.column).copied());
        grid.resize(focus.column, width.unwrap_or(0.0) + step);
        return;
    }
    if event.alt_key() {
        return;
    }
    if let Some(moved) = selection.moved(&key, control, event.shift_key(), grid.extent()) {
        event.prevent_default();
        event.stop_propagation();
        grid.select(moved);
    }
}
