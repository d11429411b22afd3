// What fails for a moment is tried again, so often and no oftener; what is given up is not asked for any more.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { fixtures, trips } from "./support/fixtures.js";
import { hostileServer } from "./support/hostile-server.js";
import { identifier } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

let files;
before(async () => {
  files = await fixtures();
  await files.write("trips.parquet", trips(), "COMPRESSION zstd, ROW_GROUP_SIZE 2048");
});
after(() => files?.remove());

/** A test with a server of its own, whose requests it counts. */
function hostile(name, body) {
  journey(name, async (visit) => {
    const server = await hostileServer({ "trips.parquet": files.path("trips.parquet") });
    try {
      await body(visit, server);
    } finally {
      await server.stop();
    }
  });
}

hostile("a server whose first answer never comes is not mistaken for one that forbids reading", async (visit, server) => {
  const table = identifier(await visit.open(server.url("shaky", "trips.parquet")));
  assert.deepEqual((await visit.query(`SELECT count(*) AS n FROM ${table}`)).rows, [[20_000]]);
});

hostile("a server that goes on failing is asked five times", async (visit, server) => {
  const { failure } = await visit.attemptOpen(server.url("broken", "trips.parquet"));
  assert.equal(failure.kind, "Offline");
  assert.match(failure.message, /answered 500.*Tried 5 times/);
  assert.equal(server.requests.length, 5);
});

hostile("what would fail again is asked once", async (visit, server) => {
  for (const [behaviour, kind] of [
    ["missing", "NotFound"],
    ["denied", "Denied"],
    ["norange", "RangeUnsupported"],
  ]) {
    server.requests.length = 0;
    const { failure } = await visit.attemptOpen(server.url(behaviour, "trips.parquet"));
    assert.equal(failure.kind, kind);
    assert.equal(server.requests.length, 1, behaviour);
  }
});

hostile("a server that forbids reading is asked twice, and once more whether it is there", async (visit, server) => {
  const { failure } = await visit.attemptOpen(server.url("nocors", "trips.parquet"));
  assert.equal(failure.kind, "Cors");
  assert.ok(server.requests.length <= 4, `${server.requests.length} requests`);
});

hostile("every try counts in the figures of a query", async (visit, server) => {
  const table = identifier(await visit.open(server.url("busy", "trips.parquet")));
  const before = server.requests.length;
  const { rows, stats } = await visit.query(`SELECT count(*) AS n, count(fare) AS f FROM ${table} WHERE shared`);
  const expected = await files.oracle.query(`SELECT count(*) AS n, count(fare) AS f FROM (${trips()}) AS t WHERE shared`);
  assert.deepEqual(rows, expected.rows);
  assert.equal(stats.requests, server.requests.length - before);
});

hostile("a statement that is given up leaves no request under way and none waiting", async (visit, server) => {
  const table = identifier(await visit.open(server.url("silent", "trips.parquet")));
  const sent = server.requests.length;
  await visit.page.evaluate((statement) => {
    window.abort = new AbortController();
    window.outcome = window.goldpan.query(statement, { signal: window.abort.signal }).catch(({ kind }) => kind);
  }, `SELECT city, sum(fare) AS s FROM ${table} GROUP BY 1`);
  while (server.open() === 0) await sleep(50);
  const outcome = await visit.page.evaluate(() => {
    window.abort.abort();
    return window.outcome;
  });
  assert.equal(outcome, "Cancelled");
  while (server.open() > 0) await sleep(50);
  const given = server.requests.length;
  assert.ok(given > sent);
  await visit.query("SELECT count(*) AS n FROM birdstrikes WHERE cost_total > 10");
  assert.equal(server.requests.length, given);
});
