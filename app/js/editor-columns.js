// Completes columns without a table's name before them: those of the tables that the statement names, or of all.

const PLAIN = /^[a-z_][a-z0-9_]*$/;

/** `schema` maps tables to their columns. Gives CodeMirror completions, the columns of named tables only once. */
export function columnCompletions(schema, text) {
  const words = new Set(text.match(/[\p{L}\p{N}_$]+/gu) ?? []);
  const tables = Object.keys(schema);
  const named = tables.filter((table) => words.has(table));
  const completions = new Map();
  for (const table of named.length ? named : tables) {
    for (const column of schema[table]) {
      const known = completions.get(column);
      if (known) known.detail += `, ${table}`;
      else {
        const apply = PLAIN.test(column) ? column : `"${column.replaceAll('"', '""')}"`;
        completions.set(column, { label: column, apply, detail: table, type: "property", boost: 50 });
      }
    }
  }
  return [...completions.values()];
}

/** A completion source for the language. */
export function columnSource(schema) {
  return (context) => {
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_$]*$/u);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    // After a dot the language itself knows the table.
    if (context.state.sliceDoc(from - 1, from) === ".") return null;
    return { from, options: columnCompletions(schema, context.state.doc.toString()), validFor: /^[\p{L}\p{N}_$]*$/u };
  };
}
