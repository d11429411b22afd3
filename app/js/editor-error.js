// Underlines the place that the engine's message is about, until the text changes.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

/** Carries `{line, column, message}` (both from 1) or null. */
export const showError = StateEffect.define();

export const errorMark = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(showError)) return effect.value ? markOf(transaction.state.doc, effect.value) : Decoration.none;
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function markOf(doc, { line, column, message }) {
  if (line < 1 || line > doc.lines) return Decoration.none;
  const { from: start, to: end, text } = doc.line(line);
  const at = Math.min(start + Math.max(column, 1) - 1, end);
  const word = /^[\w$]+/.exec(text.slice(at - start))?.[0].length ?? 1;
  // At the end of a line there is nothing to underline but its last character.
  const from = at === end ? Math.max(start, end - 1) : at;
  const to = Math.min(end, from + word);
  if (from === to) return Decoration.none;
  const attributes = { title: message, "aria-invalid": "true" };
  return Decoration.set([Decoration.mark({ class: "sql-editor-mistake", attributes }).range(from, to)]);
}
