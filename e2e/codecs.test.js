// Local Parquet files of every codec and type open and answer as native DuckDB reads them.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { assertSameResult } from "./support/compare.js";
import { codecs, fixtures, trips, typedColumns } from "./support/fixtures.js";
import { identifier } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { journey, test, visit } = suite();

let files;
before(async () => {
  files = await fixtures();
});
after(() => files?.remove());

const summary = `SELECT city, count(*) AS n, count(fare) AS fares, sum(fare) AS total, min(started) AS first,
                 count(*) FILTER (WHERE shared) AS shared FROM trips GROUP BY city`;

for (const codec of codecs) {
  test(`a local file compressed with ${codec} opens and answers`, async () => {
    const page = await visit();
    const path = await files.write(`${codec}.parquet`, trips(), `COMPRESSION ${codec}, ROW_GROUP_SIZE 4096`);
    const table = await page.open([path]);
    const actual = await page.query(summary.replace("trips", identifier(table)));
    const expected = await files.oracle.query(summary.replace("trips", `'${path}'`));
    assertSameResult(actual, expected);
  });
}

test("several files open as one table", async () => {
  const page = await visit();
  const paths = [
    await files.write("part-1.parquet", trips({ count: 5000 }), "COMPRESSION snappy"),
    await files.write("part-2.parquet", trips({ first: 5000, count: 7000 }), "COMPRESSION zstd"),
    await files.write("part-3.parquet", trips({ first: 12_000, count: 1 }), "COMPRESSION gzip"),
  ];
  const table = await page.open(paths);
  const actual = await page.query(summary.replace("trips", identifier(table)));
  const expected = await files.oracle.query(summary.replace("trips", `(${trips({ count: 12_001 })}) AS trips`));
  assertSameResult(actual, expected);
});

test("files whose columns differ in order and number open as one table", async () => {
  const page = await visit();
  const paths = [
    await files.write("narrow.parquet", "SELECT 1 AS id, 'a' AS name"),
    await files.write("wide.parquet", "SELECT 'b' AS name, 2 AS id, 0.5::DOUBLE AS extra"),
  ];
  const table = await page.open(paths);
  const actual = await page.query(`SELECT id, name, extra FROM ${identifier(table)}`);
  assert.deepEqual(
    actual.rows.sort(([a], [b]) => a - b),
    [
      [1, "a", null],
      [2, "b", 0.5],
    ],
  );
});

test("files that do not fit together are refused with the reason", async () => {
  const page = await visit();
  const paths = [
    await files.write("number.parquet", "SELECT 1 AS id"),
    await files.write("text.parquet", "SELECT 'one' AS id"),
  ];
  const { failure } = await page.attemptOpen(paths);
  assert.equal(failure.kind, "InvalidQuery");
  assert.match(failure.message, /text\.parquet|number\.parquet/);
  assert.ok(failure.hint);
});

test("a file name with odd characters becomes a table that SQL can name", async () => {
  const page = await visit();
  for (const name of [`Mai & "Juni" (1).parquet`, "späte Flüge 日本.parquet", "2024.parquet", "select.parquet"]) {
    const table = await page.open([await files.write(name, "SELECT 42 AS answer")]);
    assert.deepEqual((await page.query(`SELECT answer FROM ${identifier(table)}`)).rows, [[42]], name);
  }
});

test("columns with odd names can be queried", async () => {
  const page = await visit();
  const path = await files.write(
    "columns.parquet",
    `SELECT 1 AS "Cost Total $", 2 AS "a.b", 3 AS "quo""te", 4 AS "UPPER", 5 AS "日本", 6 AS "order"`,
  );
  const table = identifier(await page.open([path]));
  const named = `SELECT "Cost Total $", "a.b", "quo""te", "UPPER", "日本", "order" FROM ${table}`;
  assert.deepEqual((await page.query(named)).rows, [[1, 2, 3, 4, 5, 6]]);
  assert.deepEqual((await page.query(`SELECT * FROM ${table}`)).rows, [[1, 2, 3, 4, 5, 6]]);
});

test("another file of the same name gets a name of its own, the same file keeps its name", async () => {
  const page = await visit();
  const paths = [await files.write("a/same.parquet", "SELECT 1 AS x"), await files.write("b/same.parquet", "SELECT 2 AS x")];
  const [first, second] = [await page.open([paths[0]]), await page.open([paths[1]])];
  assert.notEqual(first, second);
  assert.deepEqual((await page.query(`SELECT x FROM ${identifier(first)}`)).rows, [[1]]);
  assert.deepEqual((await page.query(`SELECT x FROM ${identifier(second)}`)).rows, [[2]]);
  assert.equal(await page.open([paths[0]]), first);
});

test("a local file joins with a table of the lake", async () => {
  const page = await visit();
  const table = await page.open([
    await files.write("hubs.parquet", "SELECT * FROM (VALUES ('ATL', 'Delta'), ('ORD', 'United')) AS h(code, airline)"),
  ]);
  const { rows } = await page.query(
    `SELECT h.airline, count(*) AS n FROM flights f JOIN ${identifier(table)} h ON h.code = f.origin GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(
    rows.map(([airline]) => airline),
    ["Delta", "United"],
  );
  assert.ok(rows.every(([, n]) => n > 100_000));
});

for (const [type, expression] of typedColumns) {
  test(`values of the type ${type} come through`, async () => {
    const page = await visit();
    const path = await files.write(
      `type_${type}.parquet`,
      `SELECT i AS id, ${expression} AS value FROM range(1, 100) AS t(i) UNION ALL SELECT 100, NULL`,
    );
    const table = identifier(await page.open([path]));
    const actual = await page.query(`SELECT id, value FROM ${table} ORDER BY id`);
    const expected = await files.oracle.query(`SELECT id, value FROM '${path}' ORDER BY id`);
    assertSameResult(actual, expected, { ordered: true, exact: true, tolerance: 0 });
    const counted = await page.query(`SELECT count(value) AS n FROM ${table} WHERE value IS NOT NULL`);
    assert.deepEqual(counted.rows, [[99]]);
  });
}

test("intervals keep their months, days and seconds, or are refused by name", async () => {
  const page = await visit();
  const path = await files.write(
    "intervals.parquet",
    "SELECT i AS id, INTERVAL (i) DAY + INTERVAL '1 month 2 seconds' AS span FROM range(5) AS t(i)",
  );
  const sql = (table) => `SELECT id, TIMESTAMP '2001-01-31' + span AS moment FROM ${table} ORDER BY id`;
  const { result: actual, failure } = await page.attempt(sql(identifier(await page.open([path]))));
  if (failure) return assert.match(`${failure.kind}: ${failure.message}`, /^InvalidQuery: .*span.*INTERVAL/);
  assertSameResult(actual, await files.oracle.query(sql(`'${path}'`)), { ordered: true });
});

test("a file without rows opens, and has its columns", async () => {
  const page = await visit();
  const path = await files.write("no_rows.parquet", `${trips()} WHERE false`);
  const { columns, rows } = await page.query(`SELECT * FROM ${identifier(await page.open([path]))}`);
  assert.deepEqual(rows, []);
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["id", "city", "fare", "started", "shared"],
  );
});

test("a file with many row groups is pruned by its statistics", async () => {
  const page = await visit();
  const path = await files.write("groups.parquet", trips({ count: 100_000 }), "COMPRESSION zstd, ROW_GROUP_SIZE 5000");
  const table = identifier(await page.open([path]));
  const { rows, stats } = await page.query(`SELECT count(*) AS n, sum(id) AS s FROM ${table} WHERE id >= 92000`);
  assert.deepEqual(rows, [[8000, (92_000 + 99_999) * 4000]]);
  const [[total, below]] = (
    await files.oracle.query(
      `SELECT count(*), count(*) FILTER (WHERE stats_max_value::BIGINT < 92000) FROM parquet_metadata('${path}')
       WHERE path_in_schema = 'id'`,
    )
  ).rows;
  assert.ok(below > 10, `${below} of ${total} row groups lie below`);
  assert.equal(stats.row_groups_total, total);
  assert.equal(stats.row_groups_pruned, below);
});

journey("a person picks a local file with the page's own button", async (visit) => {
  const path = await files.write("picked.parquet", trips({ count: 1234 }));
  await visit.find("open-file").first().setInputFiles(path);
  await visit.find("row-count").filter({ hasText: "1,234" }).waitFor();
  await visit.find("field-city").waitFor();
  const { rows } = await visit.query("SELECT count(*) AS n FROM picked");
  assert.deepEqual(rows, [[1234]]);
});

journey("a person drops a local file on the page", async (visit) => {
  const path = await files.write("dropped.parquet", trips({ count: 77 }));
  await visit.holdFiles([path]);
  await visit.page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(document.querySelector("#held-files").files[0]);
    const target = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    for (const type of ["dragenter", "dragover", "drop"]) {
      target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
  });
  await visit.find("row-count").filter({ hasText: "77" }).waitFor();
  assert.deepEqual((await visit.query("SELECT count(*) AS n FROM dropped")).rows, [[77]]);
});
