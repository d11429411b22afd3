// Each function of the engine gives what native DuckDB gives; one that the engine leaves out is refused by name, with
// what to write instead.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { aggregate, rows, scalar, window } from "./statements/functions.js";
import { assertSameResult } from "./support/compare.js";
import { oracle } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();

let duckdb;
before(async () => {
  duckdb = await oracle();
});
after(() => duckdb?.close());

const kinds = [
  { name: "each function of single values", cases: scalar, tail: `FROM ${rows} ORDER BY id` },
  { name: "each aggregate", cases: aggregate, tail: `FROM ${rows}` },
  { name: "each window function", cases: window, tail: `FROM ${rows} WINDOW w AS (ORDER BY id) ORDER BY id` },
];

for (const { name, cases, tail } of kinds) {
  test(`${name}, all in one statement, equals native DuckDB`, async () => {
    const page = await visit();
    const select = (side) => `SELECT ${cases.map((each, index) => `${side(each)} AS c${index}`).join(", ")} ${tail}`;
    const actual = await page.query(select(([expression]) => expression));
    const expected = await duckdb.query(select(([expression, otherwise]) => otherwise ?? expression));
    const wrong = cases.flatMap(([expression, , tolerance], index) => {
      try {
        assertSameResult(column(actual, index), column(expected, index), { ordered: true, tolerance });
        return [];
      } catch (error) {
        return [`${expression}: ${error.message}`];
      }
    });
    assert.deepEqual(wrong, []);
  });
}

test("no function that the engine lists is left out of these tests", async () => {
  const page = await visit();
  const { rows: listed } = await page.query("SELECT DISTINCT routine_name FROM information_schema.routines ORDER BY 1");
  const names = listed.flat();
  assert.ok(names.length > 150, `${names.length} functions`);
  const called = new Set([scalar, aggregate, window].flat().flatMap(([expression]) => words(expression)));
  // `grouping` has no value without grouping sets: e2e/statements/grouping.js.
  const missing = names.filter((name) => !called.has(name) && !isAliasOfList(name, called) && name !== "grouping");
  assert.deepEqual(missing, []);
});

test("SHOW FUNCTIONS describes a function", async () => {
  const { columns, rows: shown } = await (await visit()).query("SHOW FUNCTIONS LIKE 'date_trunc'");
  const at = (name) => columns.findIndex((column) => column.name === name);
  assert.ok(shown.length > 0);
  assert.match(shown[0][at("description")], /truncate/i);
  assert.match(shown[0][at("syntax_example")], /date_trunc/);
});

test("a series is unnested into rows", async () => {
  const { rows: made } = await (await visit()).query(
    "SELECT count(*) AS n, sum(x) AS s FROM (SELECT unnest(generate_series(1, 4)) AS x) AS series",
  );
  assert.deepEqual(made, [[4, 10]]);
});

test("a function that the engine leaves out is refused by name, with what to write instead", async () => {
  const page = await visit();
  for (const [sql, name, hint] of [
    ["SELECT array_union([1], [2])", "array_union", /array_distinct\(array_concat/],
    ["SELECT 1 WHERE md5('x') = 'y'", "md5", /model/],
    ["SELECT LIST_REPLACE([1], 1, 2) FROM flights", "list_replace", /Unnest/],
  ]) {
    const failure = await page.failure(sql);
    assert.equal(failure.kind, "InvalidQuery", sql);
    assert.equal(failure.message, `The function ${name} is not part of this engine.`);
    assert.match(failure.hint, hint);
  }
});

test("a function of another engine, or a misspelt one, is answered with the one that is meant", async () => {
  const page = await visit();
  for (const [sql, name, hint] of [
    ["SELECT strftime(time, '%Y') FROM flights", "strftime", /to_char/],
    ["SELECT avrage(delay) FROM flights", "avrage", /Did you mean \w+\?/],
    ["SELECT dense_rnk() OVER (ORDER BY delay) FROM flights", "dense_rnk", /dense_rank/],
  ]) {
    const failure = await page.failure(sql);
    assert.equal(failure.kind, "InvalidQuery", sql);
    assert.equal(failure.message, `There is no function ${name}.`);
    assert.match(failure.hint, hint);
  }
});

/** One column of a result as a result. */
function column({ columns, rows }, index) {
  return { columns: [columns[index]], rows: rows.map((row) => [row[index]]) };
}

function words(expression) {
  return expression.match(/[a-z_][a-z_0-9]*/g);
}

/** DataFusion names its list functions `array_…` and `list_…`. */
function isAliasOfList(name, called) {
  return name.startsWith("list_") && called.has(name.replace("list_", "array_"));
}
