// Manifests say what is in the gold files: what the page shows before it reads any data is recomputed here.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { isSame } from "./support/compare.js";
import { footerOffset } from "./support/fixtures.js";
import { gold } from "./support/gold.js";
import { identifier, oracle, string } from "./support/oracle.js";

let published;
let duckdb;
before(async () => {
  published = await gold();
  const { tables } = published;
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
});
after(() => duckdb?.close());

const numeric = /^(u?int\d+|float\d+|decimal)/;

for (const table of ["flights", "airport_days", "birdstrikes"]) {
  test(`the manifest of ${table} says what is in its files`, async () => {
    const { manifest } = published.tables[table];
    const [[rows]] = (await duckdb.query(`SELECT count(*) FROM ${identifier(table)}`)).rows;
    assert.equal(manifest.rows, rows);
    assert.equal(
      manifest.files.reduce((sum, file) => sum + file.rows, 0),
      rows,
    );
    for (const column of manifest.columns) await assertStatistics(table, column);
  });

  test(`the files of ${table} are where and as large as the manifest says`, async () => {
    const { manifest, paths } = published.tables[table];
    for (const [index, file] of manifest.files.entries()) {
      const bytes = readFileSync(paths[index]);
      assert.equal(file.bytes, bytes.length);
      assert.equal(file.content_hash, createHash("sha256").update(bytes).digest("hex"));
      assert.ok(file.key.includes(file.content_hash.slice(0, 32)), "named by its content");
      assert.equal(file.etag, `"${createHash("md5").update(bytes).digest("hex")}"`);
      assert.equal(file.footer.offset + file.footer.bytes, bytes.length);
      assert.equal(file.footer.offset, footerOffset(bytes));
      assert.ok(file.footer.index_offset < file.footer.offset, "page indexes before the footer");
      const [[groups, rows]] = (
        await duckdb.query(`SELECT num_row_groups, num_rows FROM parquet_file_metadata(${string(paths[index])})`)
      ).rows;
      assert.equal(file.row_groups, groups);
      assert.equal(file.rows, rows);
    }
    assert.equal(
      manifest.bytes,
      manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    );
  });

  test(`${table} is sorted as its manifest says and has passed its checks`, async () => {
    const { manifest, paths } = published.tables[table];
    assert.ok(manifest.sort_keys.length > 0);
    const key = manifest.sort_keys.map(({ column }) => identifier(column)).join(", ");
    const [[steps]] = (
      await duckdb.query(
        `SELECT count(*) FILTER (WHERE key < previous) FROM (
           SELECT row(${key}) AS key, lag(row(${key})) OVER (ORDER BY file_index, file_row_number) AS previous
           FROM read_parquet([${paths.map(string)}], file_row_number = true))`,
      )
    ).rows;
    assert.equal(steps, 0, "rows out of order");
    assert.ok(manifest.checks.length > 0);
    for (const check of manifest.checks) {
      if (check.severity === "error") assert.equal(check.status, "passed", check.name);
    }
  });
}

test("the catalog lists each table as its manifest describes it", () => {
  assert.deepEqual(
    published.catalog.tables.map(({ name }) => name),
    ["airport_days", "birdstrikes", "flights"],
  );
  for (const entry of published.catalog.tables) {
    const { manifest } = published.tables[entry.name];
    assert.equal(entry.rows, manifest.rows);
    assert.equal(entry.bytes, manifest.bytes);
    assert.equal(entry.files, manifest.files.length);
    assert.equal(entry.columns, manifest.columns.length);
    assert.ok(entry.description);
  }
});

async function assertStatistics(table, { name, type, statistics }) {
  const column = identifier(name);
  const from = `FROM ${identifier(table)}`;
  const [[low, high, nulls, distinct]] = (
    await duckdb.query(
      `SELECT min(${column}), max(${column}), count(*) - count(${column}), count(DISTINCT ${column}) ${from}`,
    )
  ).rows;
  const what = `${table}.${name}`;
  assert.ok(isSame(statistics.min ?? null, low), `min of ${what}: ${statistics.min}, not ${low}`);
  assert.ok(isSame(statistics.max ?? null, high), `max of ${what}: ${statistics.max}, not ${high}`);
  assert.equal(statistics.null_count, nulls, `null count of ${what}`);
  if (statistics.distinct_count !== undefined) {
    const error = Math.abs(statistics.distinct_count - distinct);
    assert.ok(error <= Math.max(1, distinct * 0.05), `distinct ${what}: ${statistics.distinct_count}, not ${distinct}`);
  }
  for (const { value, count } of statistics.top_values ?? []) {
    const literal = value === null ? "NULL" : string(String(value));
    const is = `${column} IS NOT DISTINCT FROM CAST(${literal} AS ${duckdbType(type)})`;
    const [[actual]] = (await duckdb.query(`SELECT count(*) ${from} WHERE ${is}`)).rows;
    assert.equal(count, actual, `rows of ${what} with ${value}`);
  }
  await assertTopValuesAreTop(what, column, from, statistics.top_values ?? []);
  if (statistics.histogram) await assertHistogram(what, column, from, type, statistics.histogram);
}

async function assertTopValuesAreTop(what, column, from, topValues) {
  if (topValues.length === 0) return;
  const { rows } = await duckdb.query(
    `SELECT count(*) AS n ${from} GROUP BY ${column} ORDER BY n DESC LIMIT ${topValues.length}`,
  );
  const counts = rows.flat();
  const hasNull = topValues.some(({ value }) => value === null);
  const [[nulls]] = (await duckdb.query(`SELECT count(*) - count(${column}) ${from}`)).rows;
  // Whether NULL is listed among the values is the writer's choice.
  if (hasNull || nulls === 0) {
    assert.deepEqual(
      topValues.map(({ count }) => count),
      counts,
      `counts of the top values of ${what}`,
    );
  }
}

async function assertHistogram(what, column, from, type, { bounds, counts }) {
  assert.equal(bounds.length, counts.length + 1, `bounds of ${what}`);
  const literal = (bound) => `CAST(${string(String(bound))} AS ${boundType(type)})`;
  const bins = counts.map((_, index) => {
    const below = index === counts.length - 1 ? "<=" : "<";
    return `count(*) FILTER (WHERE ${column} >= ${literal(bounds[index])} AND ${column} ${below} ${literal(bounds[index + 1])})`;
  });
  const [actual] = (await duckdb.query(`SELECT ${bins.join(", ")} ${from}`)).rows;
  assert.deepEqual(counts, actual, `histogram of ${what}`);
  const [[present]] = (await duckdb.query(`SELECT count(${column}) ${from}`)).rows;
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    present,
    `the histogram of ${what} holds every value`,
  );
}

const duckdbTypes = { string: "VARCHAR", timestamptz: "TIMESTAMPTZ", float32: "FLOAT", float64: "DOUBLE" };

function duckdbType(type) {
  const unsigned = type.match(/^uint(\d+)$/);
  if (unsigned) return { 8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", 64: "UBIGINT" }[unsigned[1]];
  const signed = type.match(/^int(\d+)$/);
  if (signed) return { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" }[signed[1]];
  return duckdbTypes[type] ?? type.toUpperCase();
}

/** Bins of integers may end between two integers. */
function boundType(type) {
  return numeric.test(type) ? "DOUBLE" : duckdbType(type);
}
