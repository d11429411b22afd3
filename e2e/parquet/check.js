// One file: opened in the browser, read whole and by filters, and compared with the oracles value by value.
import assert from "node:assert/strict";

import { identifier, string } from "../support/oracle.js";
import { parseExact } from "./pyarrow.js";
import { assertAnswer, show, statementsOn } from "./statements.js";
import { same } from "./values.js";

/** Runs statements one after another in one turn with the page: `[{ columns, rows } or { failure }]`. */
export async function ask(visit, statements) {
  const answers = await visit.page.evaluate(async (statements) => {
    const isOrdinary = (value) => Number.isFinite(value) && !Object.is(value, -0);
    const exact = (_, value) =>
      typeof value === "number" && !isOrdinary(value) ? { $float: Object.is(value, -0) ? "-0" : String(value) } : value;
    const answers = [];
    for (const sql of statements) {
      try {
        const { columns, rows } = await window.goldpan.query(sql);
        answers.push({ columns, rows });
      } catch ({ kind, message }) {
        answers.push({ failure: { kind, message } });
      }
    }
    return JSON.stringify(answers, exact);
  }, statements);
  return parseExact(answers);
}

/**
 * Opens a file and compares. `oracles` is `{ name: { read(path), cannotRead: RegExp, differs: { column: reason } } }`: what
 * an oracle does not read as the format says is left to the other. With `filters` each column is asked of by filters
 * and aggregates, too.
 */
export async function checkFile(visit, path, name, { oracles, filters }) {
  const table = await visit.open([path]);
  const [whole] = await ask(visit, [`SELECT * FROM ${identifier(table)}`]);
  if (whole.failure) assert.fail(`${name}: ${whole.failure.kind}: ${whole.failure.message}`);
  const names = whole.columns.map((column) => column.name);
  const vouched = new Set();
  for (const [oracle, { read, cannotRead, differs }] of Object.entries(oracles)) {
    if (cannotRead?.test(name)) continue;
    const expected = await read(path);
    assert.deepEqual(names, expected.columns, `${name}: columns beside those of ${oracle}`);
    assert.equal(whole.rows.length, expected.rows.length, `${name}: rows beside those of ${oracle}`);
    for (const [index, column] of names.entries()) {
      if (differs[column]) continue;
      vouched.add(column);
      assertColumn(`${name}: column ${column} of type ${whole.columns[index].type}`, oracle, index, whole.rows, expected.rows);
    }
  }
  assert.deepEqual(names.filter((column) => !vouched.has(column)), [], `${name}: columns that no oracle vouches for`);
  if (!filters) return;
  const statements = statementsOn(table, whole.columns, whole.rows);
  const answers = await ask(visit, statements.map(({ sql }) => sql));
  const wrong = statements.flatMap((statement, index) => {
    try {
      assertAnswer(statement, answers[index]);
      return [];
    } catch ({ message }) {
      return [message];
    }
  });
  assert.equal(wrong.length, 0, `${name}: ${wrong.length} of ${statements.length} statements\n${wrong.slice(0, 20).join("\n")}`);
}

function assertColumn(what, oracle, index, actual, expected) {
  for (const [row, values] of actual.entries()) {
    if (!same(values[index], expected[row][index])) {
      assert.fail(`${what}, row ${row}: ${show(values[index])}\nbut ${oracle} has ${show(expected[row][index])}`);
    }
  }
}

/** DuckDB as an oracle of {@link checkFile}. */
export function duckdbReader(duckdb) {
  return (path) => duckdb.query(`SELECT * FROM read_parquet(${string(path)})`);
}
