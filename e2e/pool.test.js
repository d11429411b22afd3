// Several workers give what one gives: every statement of the suites, with pools of 1, 2 and 4 workers.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { statements } from "./statements/index.js";
import { assertSameResult } from "./support/compare.js";
import { gold } from "./support/gold.js";
import { oracle } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

let duckdb;
before(async () => {
  const { tables } = await gold();
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
});
after(() => duckdb?.close());

const setWorkers = (visit, count) => visit.page.evaluate((count) => window.goldpan.workers(count), count);

const perState = "SELECT origin_state, count(*) AS n, sum(delay) AS d FROM flights GROUP BY 1 ORDER BY 1";

for (const workers of [1, 2, 4]) {
  journey(`every statement by ${workers} workers equals native DuckDB`, async (visit) => {
    assert.deepEqual(await setWorkers(visit, workers), { wanted: workers, ready: workers });
    const wrong = [];
    for (const statement of statements) {
      const expected = await duckdb.query(statement.oracle ?? statement.sql);
      try {
        assertSameResult(await visit.query(statement.sql), expected, statement);
      } catch (error) {
        wrong.push(`${statement.name}: ${error.message}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
}

journey("a large table is read by all workers, a small one by the lead, and the plan shows it", async (visit) => {
  await setWorkers(visit, 2);
  const { stats } = await visit.query(perState);
  assert.equal(stats.workers, 2);
  const small = await visit.query("SELECT count(*) AS n FROM birdstrikes WHERE cost_total > 0");
  assert.equal(small.stats.workers, 1);
  const { rows } = await visit.query(`EXPLAIN ${perState}`);
  assert.match(rows.flat().join("\n"), /mode=Final[^]*GatherExec: stage=0, workers=2[^]*mode=Partial/);
});

journey("EXPLAIN ANALYZE runs in the pool", async (visit) => {
  await setWorkers(visit, 2);
  const { rows } = await visit.query(`EXPLAIN ANALYZE ${perState}`);
  assert.match(rows.flat().join("\n"), /GatherExec[^]*GoldScan[^\n]*output_rows=/);
});

journey("what one worker fetched is not fetched again when others join", async (visit) => {
  await setWorkers(visit, 1);
  await visit.query("SELECT sum(delay) AS d, count(origin) AS n FROM flights");
  await setWorkers(visit, 2);
  const { stats } = await visit.query("SELECT origin, sum(delay) AS d FROM flights GROUP BY 1");
  assert.equal(stats.workers, 2);
  assert.equal(stats.bytes_fetched, 0);
});

journey("a local file is read by all workers", async (visit) => {
  const { tables } = await gold();
  await visit.open(tables.flights.paths);
  await setWorkers(visit, 2);
  const table = (await visit.page.evaluate(() => window.goldpan.tables())).find(({ name }) => name !== "flights" && name !== "birdstrikes" && name !== "airports");
  const { rows, stats } = await visit.query(`SELECT count(*) AS n FROM "${table.name}" WHERE delay > -1000`);
  assert.deepEqual(rows, (await duckdb.query("SELECT count(*) AS n FROM flights WHERE delay > -1000")).rows);
  assert.equal(stats.workers, 2);
});

journey("a pool that shrinks and grows again answers all the while", async (visit) => {
  const expected = await duckdb.query(perState);
  for (const workers of [2, 1, 4, 3]) {
    const [, result] = await Promise.all([setWorkers(visit, workers), visit.query(perState)]);
    assertSameResult(result, expected);
  }
});

journey("a computation by several workers is given up by all of them", async (visit) => {
  await setWorkers(visit, 2);
  await visit.query(perState);
  const kind = await visit.page.evaluate(async () => {
    const controller = new AbortController();
    const heavy = "SELECT sum(a.delay * b.k) AS s FROM flights a CROSS JOIN (SELECT delay AS k FROM flights LIMIT 20000) b";
    const outcome = window.goldpan.query(heavy, { signal: controller.signal }).then(
      () => "answered",
      ({ kind }) => kind,
    );
    setTimeout(() => controller.abort(), 1000);
    return outcome;
  });
  assert.equal(kind, "Cancelled");
  const { stats } = await visit.query("SELECT origin, max(delay) AS d FROM flights GROUP BY 1");
  assert.equal(stats.workers, 2, "both are there and answer");
});
