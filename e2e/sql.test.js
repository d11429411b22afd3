// Statements over the gold tables give what native DuckDB gives on the same files. Each kind of operator is here
// because some panic in a browser unless the engine runs them with care.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { hazards } from "./statements/hazards.js";
import { statements } from "./statements/index.js";
import { assertSameResult } from "./support/compare.js";
import { gold } from "./support/gold.js";
import { oracle } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();

let duckdb;
before(async () => {
  const { tables } = await gold();
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
});
after(() => duckdb?.close());

for (const statement of statements) {
  test(`${statement.name} equals native DuckDB`, async () => {
    const page = await visit();
    const expected = await duckdb.query(statement.oracle ?? statement.sql);
    assertSameResult(await page.query(statement.sql), expected, statement);
  });
}

for (const { name, sql, oracle } of hazards) {
  test(`${name} is right or refused, never wrong`, async () => {
    const { result, failure } = await (await visit()).attempt(sql);
    if (failure) {
      assert.equal(failure.kind, "InvalidQuery", failure.message);
      assert.ok(failure.message.length > 10);
    } else {
      assertSameResult(result, await duckdb.query(oracle ?? sql));
    }
  });
}

test("EXPLAIN shows the logical and the physical plan", async () => {
  const { columns, rows } = await (await visit()).query("EXPLAIN SELECT origin, count(*) FROM flights GROUP BY origin");
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["plan_type", "plan"],
  );
  const plans = Object.fromEntries(rows);
  assert.match(plans.logical_plan, /Aggregate.*\n.*TableScan: flights/);
  assert.match(plans.physical_plan, /AggregateExec/);
});

test("EXPLAIN ANALYZE runs the statement and shows what its operators did", async () => {
  const { rows } = await (await visit()).query(
    "EXPLAIN ANALYZE SELECT origin, count(*) FROM flights WHERE delay > 60 GROUP BY origin UNION ALL SELECT 'x', 1",
  );
  assert.match(rows.flat().join("\n"), /output_rows=\d+/);
});

test("tables, columns and types can be asked for in SQL", async () => {
  const page = await visit();
  const described = await page.query("DESCRIBE airport_days");
  assert.ok(described.rows.some((row) => row.includes("mean_delay")), JSON.stringify(described.rows));
  const named = await page.query(
    "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY table_name",
  );
  assert.deepEqual(named.rows.flat(), ["airport_days", "birdstrikes", "flights"]);
  const typed = await page.query("SELECT arrow_typeof(time) AS t, arrow_typeof(count(*)) AS n FROM flights GROUP BY 1");
  assert.equal(typed.rows.length, 1);
  assert.match(typed.rows[0][0], /^Timestamp\(/);
  assert.equal(typed.rows[0][1], "Int64");
});

test("clock and date of the query stand still within a statement", async () => {
  const { rows } = await (await visit()).query(
    "SELECT now() = now() AS a, now() > TIMESTAMP '2024-01-01' AS b, current_date >= DATE '2024-01-01' AS c",
  );
  assert.deepEqual(rows, [[true, true, true]]);
});

test("statements that would change something are refused", async () => {
  const page = await visit();
  for (const sql of [
    "CREATE TABLE t AS SELECT 1",
    "DROP TABLE flights",
    "INSERT INTO flights SELECT * FROM flights",
    "DELETE FROM flights",
    "UPDATE flights SET delay = 0",
    "COPY flights TO 'x.parquet'",
    "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'https://example.org/x.parquet'",
    "SET datafusion.execution.target_partitions = 4",
  ]) {
    assert.equal((await page.failure(sql)).kind, "InvalidQuery", sql);
  }
  assert.deepEqual((await page.query("SELECT count(*) AS n FROM flights")).rows, [[3_000_000]]);
});

test("BIGINT wraps beyond 64 bits, as the README's limits say, and DECIMAL does not", async () => {
  const page = await visit();
  const values = "(VALUES (9223372036854775807), (1)) AS t(x)";
  const [beyond, wrapped] = ["9223372036854775808", "-9223372036854775808"];
  const plain = await page.query(`SELECT sum(x) AS s, max(x) + 1 AS n FROM ${values}`);
  assert.deepEqual(plain.rows, [[wrapped, wrapped]]);
  const exact = `SELECT sum(d) AS s, max(d) + 1 AS n FROM (SELECT CAST(x AS DECIMAL(38, 0)) AS d FROM ${values}) AS e`;
  assert.deepEqual((await page.query(exact)).rows, [[beyond, beyond]]);
});

test("a long run of different statements leaves the engine alive", async () => {
  const page = await visit();
  for (let delay = 0; delay < 25; delay += 1) {
    const { rows } = await page.query(`SELECT count(*) AS n FROM flights WHERE delay = ${delay} AND origin = 'ATL'`);
    assert.ok(rows[0][0] > 0);
  }
});
