// What is asked of each column, and what the answers have to be, given the file's rows.
import assert from "node:assert/strict";
import { inspect } from "node:util";

import { identifier } from "../support/oracle.js";
import { kindOf, same } from "./values.js";

/** `[{ sql, expected }]`: filters that give ids, and aggregates. `rows` are known to be right; the first column is id. */
export function statementsOn(table, columns, rows) {
  return columns.slice(1).flatMap(({ name, type }, index) => {
    const values = rows.map((row) => row[index + 1]);
    return [...filters(table, name, type, values), ...aggregates(table, name, type, values)];
  });
}

function filters(table, name, type, values) {
  const column = identifier(name);
  const ids = (isWanted) => values.flatMap((value, id) => (isWanted(value) ? [[id]] : []));
  const where = (condition, isWanted) => ({
    sql: `SELECT id FROM ${identifier(table)} WHERE ${condition} ORDER BY id`,
    expected: ids(isWanted),
  });
  const statements = [where(`${column} IS NULL`, (value) => value === null)];
  const kind = kindOf(type);
  const ordered = kind && sorted(values, kind);
  if (!ordered?.length) return statements;
  const compare = (operator, value, isWanted) => {
    const reference = kind.key(value);
    // Statistics leave NaN out, so that what is greater than a number may or may not include it.
    const guard = kind.isFloat && operator === ">" ? ` AND NOT isnan(${column})` : "";
    const isCounted = (other) => other !== null && !(guard && Number.isNaN(other)) && isWanted(kind.key(other), reference);
    return where(`${column} ${operator} ${kind.literal(value)}${guard}`, isCounted);
  };
  // NaN is found by isnan(x): statistics leave it out.
  const named = ordered.filter((value) => !Number.isNaN(value));
  const middle = ordered[Math.floor(ordered.length / 2)];
  const first = values.find((value) => value !== null);
  return [
    ...statements,
    compare("=", first, (key, reference) => key === reference),
    compare("<", middle, (key, reference) => key < reference),
    compare(">", middle, (key, reference) => key > reference),
    // At the edge of what statistics say.
    compare("=", named.at(-1), (key, reference) => key === reference),
    compare("<", ordered[0], () => false),
  ];
}

function aggregates(table, name, type, values) {
  const column = identifier(name);
  const present = values.filter((value) => value !== null);
  const kind = kindOf(type);
  const count = { sql: `SELECT count(${column}) AS n, count(*) AS rows FROM ${identifier(table)}` };
  const statements = [{ ...count, expected: [[present.length, values.length]] }];
  if (!kind) return statements;
  const ordered = sorted(values, kind);
  const extremes = [ordered[0] ?? null, ordered.at(-1) ?? null];
  const sql = `SELECT min(${column}) AS least, max(${column}) AS most FROM ${identifier(table)}`;
  return [...statements, { sql, expected: [extremes] }];
}

function sorted(values, { key }) {
  const keyed = values.filter((value) => value !== null).map((value) => [key(value), value]);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => value);
}

/** Compares an answer with what is expected of it. */
export function assertAnswer({ sql, expected }, { rows, failure }) {
  if (failure) assert.fail(`${sql}\nfailed: ${failure.kind}: ${failure.message}`);
  if (!same(rows, expected)) assert.fail(`${sql}\nanswered ${show(rows)}\nand not   ${show(expected)}`);
}

export function show(value) {
  return inspect(value, { depth: 8, breakLength: 200, maxStringLength: 300, maxArrayLength: 20 });
}
