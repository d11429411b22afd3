// A SQL editor by CodeMirror 6.
//
// `createEditor(parent, {value, label, placeholder, onChange, onRun})` gives
// `{setValue, setSchema, setError, focus, dispose}`. Tab is left to the browser and Escape leaves the editor, so
// that it is no keyboard trap. All colours are design tokens, so that it needs no word about the theme.

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql } from "@codemirror/lang-sql";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { Annotation, Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, dropCursor, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { changeBetween } from "./editor-change.js";
import { columnSource } from "./editor-columns.js";
import { dataFusion } from "./editor-dialect.js";
import { errorMark, showError } from "./editor-error.js";
import { editorTheme, highlighting } from "./editor-theme.js";

/** Marks a change that came from outside and is not reported back. */
const fromOutside = Annotation.define();

export function createEditor(parent, options) {
  const language = new Compartment();
  const sqlWith = (schema) => [
    sql({ dialect: dataFusion, schema, upperCaseKeywords: true }),
    dataFusion.language.data.of({ autocomplete: columnSource(schema) }),
  ];
  const view = new EditorView({
    parent,
    doc: options.value,
    extensions: [
      Prec.highest(
        keymap.of([
          { key: "Mod-Enter", run: (view) => (closeCompletion(view), options.onRun(), true), preventDefault: true },
          { key: "Tab", run: acceptCompletion },
        ]),
      ),
      // Last, so that Escape first closes a completion list.
      Prec.lowest(keymap.of([{ key: "Escape", run: ({ contentDOM }) => (contentDOM.blur(), true) }])),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
      history(),
      drawSelection(),
      dropCursor(),
      EditorState.allowMultipleSelections.of(true),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ icons: false }),
      lineNumbers(),
      highlightActiveLine(),
      EditorView.lineWrapping,
      placeholder(options.placeholder),
      EditorView.contentAttributes.of({ "aria-label": options.label, autocapitalize: "off", spellcheck: "false" }),
      EditorView.updateListener.of((update) => {
        const isOurs = update.transactions.some((transaction) => transaction.annotation(fromOutside));
        if (update.docChanged && !isOurs) options.onChange(update.state.doc.toString());
      }),
      language.of(sqlWith({})),
      syntaxHighlighting(highlighting),
      editorTheme,
      errorMark,
    ],
  });
  return {
    setValue(text) {
      const change = changeBetween(view.state.doc.toString(), text);
      if (change) view.dispatch({ changes: change, annotations: fromOutside.of(true) });
    },
    setSchema(schema) {
      view.dispatch({ effects: language.reconfigure(sqlWith(schema)) });
    },
    /** `error` is `{line, column, message}`, both from 1, or null. */
    setError(error) {
      view.dispatch({ effects: showError.of(error) });
    },
    focus: () => view.focus(),
    dispose: () => view.destroy(),
  };
}
