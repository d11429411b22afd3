// The console API does what the README says of it.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { describeStream } from "./support/arrow-ipc.js";
import { fixtures, trips } from "./support/fixtures.js";
import { hostileServer } from "./support/hostile-server.js";
import { suite } from "./support/suite.js";

const { journey, test, visit } = suite();

let files;
let server;
before(async () => {
  files = await fixtures();
  server = await hostileServer({ "trips.parquet": await files.write("trips.parquet", trips({ count: 500 })) });
});
after(async () => {
  await server?.stop();
  files?.remove();
});

/** So many pairs that nobody waits for their end: once with rows that come out of the join, once with none. */
const endless = {
  "a cross join": "SELECT sum(a.delay * b.distance) AS s FROM flights a CROSS JOIN flights b",
  "a cross join of which nothing passes": "SELECT count(*) AS n FROM flights a CROSS JOIN flights b WHERE a.delay + b.delay = 17000",
};

test("a result has columns, rows and figures, and nothing else", async () => {
  const result = await (await visit()).query("SELECT origin, count(*) AS flights FROM flights GROUP BY 1");
  assert.deepEqual(Object.keys(result).sort(), ["columns", "rows", "stats"]);
  assert.deepEqual(result.columns, [
    { name: "origin", type: "string" },
    { name: "flights", type: "int64" },
  ]);
  assert.deepEqual(Object.keys(result.stats).sort(), [
    "bytes_fetched",
    "cache_hit_bytes",
    "elapsed_ms",
    "is_cached_result",
    "requests",
    "row_groups_cached",
    "row_groups_pruned",
    "row_groups_total",
    "workers",
  ]);
  for (const [name, value] of Object.entries(result.stats)) {
    assert.equal(typeof value, name.startsWith("is_") ? "boolean" : "number", name);
  }
  assert.ok(result.stats.workers >= 1);
});

test("values have the documented forms", async () => {
  const { columns, rows } = await (await visit()).query(
    `SELECT 1 AS small, 9007199254740991 AS safe, 9007199254740992 AS unsafe, -9007199254740993 AS negative,
     CAST('1.10' AS DECIMAL(5, 2)) AS price, 0.5 AS half, true AS yes, NULL AS nothing, 'x' AS text,
     TIMESTAMP '2001-02-03 04:05:06' AS moment, TIMESTAMP '2001-02-03 04:05:06.789' AS precise,
     DATE '2001-02-03' AS day, TIMESTAMPTZ '2001-02-03T04:05:06+02:00' AS instant`,
  );
  const [row] = rows;
  assert.deepEqual(Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])), {
    small: 1,
    safe: 9007199254740991,
    unsafe: "9007199254740992",
    negative: "-9007199254740993",
    price: "1.10",
    half: 0.5,
    yes: true,
    nothing: null,
    text: "x",
    moment: "2001-02-03T04:05:06",
    precise: "2001-02-03T04:05:06.789",
    day: "2001-02-03",
    instant: "2001-02-03T02:05:06Z",
  });
});

test("maxRows cuts the result and the reading", async () => {
  const page = await visit();
  const few = await page.query("SELECT * FROM flights", { maxRows: 10 });
  assert.equal(few.rows.length, 10);
  const { bytes } = (await page.page.evaluate(() => window.goldpan.tables())).find(({ name }) => name === "flights");
  assert.ok(few.stats.bytes_fetched < bytes / 2, `${few.stats.bytes_fetched} of ${bytes} bytes`);
  const more = await page.query("SELECT * FROM birdstrikes", { maxRows: 9999 });
  assert.equal(more.rows.length, 9999);
  const all = await page.query("SELECT * FROM birdstrikes", { maxRows: 20_000 });
  assert.equal(all.rows.length, 10_000);
});

test("without maxRows every row comes, in its order", async () => {
  const { rows } = await (await visit()).query("SELECT origin, day FROM airport_days ORDER BY origin, day");
  assert.ok(rows.length > 30_000, `${rows.length} rows`);
  const keys = rows.map(([origin, day]) => `${origin} ${day}`);
  assert.deepEqual(keys, [...keys].sort());
});

test("twenty queries at once each get their own answer", async () => {
  const answers = await (await visit()).page.evaluate(() =>
    Promise.all(
      Array.from({ length: 20 }, (_, delay) =>
        window.goldpan.query(`SELECT ${delay} AS k, count(*) AS n, min(delay) AS d FROM flights WHERE delay = ${delay}`),
      ),
    ),
  );
  assert.deepEqual(
    answers.map(({ rows: [[k, n, d]] }) => [k, n > 0, d]),
    answers.map((_, delay) => [delay, true, delay]),
  );
});

test("an AbortSignal ends a query as Cancelled", async () => {
  const { page } = await visit();
  const kind = await page.evaluate(async () => {
    const controller = new AbortController();
    const outcome = window.goldpan.query("SELECT sum(delay) FROM flights", { signal: controller.signal }).catch(
      ({ kind }) => kind,
    );
    controller.abort();
    return outcome;
  });
  assert.equal(kind, "Cancelled");
});

test("a signal that was aborted before ends the query at once", async () => {
  const { page } = await visit();
  const kind = await page.evaluate(() =>
    window.goldpan.query("SELECT 1", { signal: AbortSignal.abort() }).catch(({ kind }) => kind),
  );
  assert.equal(kind, "Cancelled");
});

for (const [what, sql] of Object.entries(endless)) {
  journey(`an AbortSignal ends ${what} that computes without end, and the engine goes on`, async (visit) => {
    await visit.query("SELECT sum(delay * distance) AS the_columns_are_known FROM flights");
    const kind = await visit.page.evaluate(async (sql) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1500);
      return window.goldpan.query(sql, { signal: controller.signal }).catch(({ kind }) => kind);
    }, sql);
    assert.equal(kind, "Cancelled");
    assert.deepEqual((await visit.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
  });
}

/** Starts an endless query, another one beside it, and aborts the first when the other is answered or waits. */
function besideAnEndless(page, sql) {
  return page.evaluate(async (sql) => {
    const controller = new AbortController();
    const long = window.goldpan.query(sql, { signal: controller.signal }).catch(({ kind }) => kind);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const other = window.goldpan.query("SELECT max(cost_total) FROM birdstrikes").then(
      ({ rows }) => rows[0][0],
      ({ kind }) => kind,
    );
    await Promise.race([other, new Promise((resolve) => setTimeout(resolve, 5000))]);
    controller.abort();
    return { long: await long, other: await other };
  }, sql);
}

journey("other queries are answered while one computes without end", async ({ page }) => {
  const outcome = await besideAnEndless(page, endless["a cross join"]);
  assert.deepEqual(outcome, { long: "Cancelled", other: 7_043_545 });
});

journey("a query behind a join that computes without end is answered when that is aborted", async (visit) => {
  const outcome = await besideAnEndless(visit.page, endless["a cross join of which nothing passes"]);
  assert.deepEqual(outcome, { long: "Cancelled", other: 7_043_545 });
  assert.deepEqual((await visit.query("SELECT max(cost_total) FROM birdstrikes")).rows, [[7_043_545]]);
});

test("arrow() gives an Arrow IPC stream with every column and row", async () => {
  const { page } = await visit();
  const stream = await page.evaluate(async () => {
    const bytes = await window.goldpan.arrow("SELECT origin, day, mean_delay FROM airport_days");
    if (!(bytes instanceof Uint8Array)) throw new Error(`not a Uint8Array: ${bytes}`);
    let text = "";
    for (let start = 0; start < bytes.length; start += 8192) {
      text += String.fromCharCode(...bytes.subarray(start, start + 8192));
    }
    return btoa(text);
  });
  const { columns, batches } = describeStream(Buffer.from(stream, "base64"));
  assert.deepEqual(columns, ["origin", "day", "mean_delay"]);
  const { rows } = await (await visit()).query("SELECT count(*) AS n FROM airport_days");
  assert.equal(
    batches.reduce((sum, count) => sum + count, 0),
    rows[0][0],
  );
});

test("arrow() of an empty result is a stream with a schema", async () => {
  const { page } = await visit();
  const bytes = await page.evaluate(async () => [
    ...(await window.goldpan.arrow("SELECT origin, delay FROM flights WHERE origin = 'nowhere'")),
  ]);
  const { columns, batches } = describeStream(bytes);
  assert.deepEqual(columns, ["origin", "delay"]);
  assert.equal(
    batches.reduce((sum, count) => sum + count, 0),
    0,
  );
});

test("open() takes an address, and a name for it", async () => {
  const page = await visit();
  assert.equal(await page.open(server.url("good", "trips.parquet")), "trips");
  assert.equal(await page.open({ name: "my trips", url: server.url("good", "trips.parquet") }), "my trips");
  const { rows } = await page.query(`SELECT (SELECT count(*) FROM trips) AS a, count(*) AS b FROM "my trips"`);
  assert.deepEqual(rows, [[500, 500]]);
  const listed = await page.page.evaluate(() => window.goldpan.tables());
  const opened = listed.find(({ name }) => name === "my trips");
  assert.equal(opened.rows, 500);
  assert.deepEqual(opened.columns[0], { name: "id", type: "int64" });
});

test("a mistake in SQL is an InvalidQuery that says where", async () => {
  const page = await visit();
  const typo = await page.failure("SELECT origin\nFORM flights");
  assert.equal(typo.kind, "InvalidQuery");
  assert.match(typo.message, /line:? 2/i);
  const column = await page.failure("SELECT delai FROM flights");
  assert.equal(column.kind, "InvalidQuery");
  assert.match(`${column.message} ${column.hint}`, /delai/);
  assert.match(`${column.message} ${column.hint}`, /\bdelay\b/, "names what there is");
  for (const sql of [
    "",
    "SELECT no_such_function(1)",
    "SELECT origin, count(*) FROM flights",
    "SELECT CAST('x' AS INT) AS n",
    "SELECT 1; SELECT 2",
    "SELECT 1 / 0 AS n FROM flights",
    "SELECT sum(origin) FROM flights",
  ]) {
    const failure = await page.failure(sql);
    assert.equal(failure.kind, "InvalidQuery", `${sql}: ${failure.message}`);
    assert.ok(failure.message.length > 5);
  }
});

test("a table that does not exist is an UnknownTable with a suggestion", async () => {
  const page = await visit();
  const near = await page.failure("SELECT count(*) FROM flight");
  assert.equal(near.kind, "UnknownTable");
  assert.match(near.message, /flight\b/);
  assert.match(near.hint, /\bflights\b/);
  const far = await page.failure("SELECT count(*) FROM quite_something_else");
  assert.equal(far.kind, "UnknownTable");
  assert.match(far.hint, /airport_days.*birdstrikes.*flights/);
});

test("a query beyond the memory budget fails as OutOfMemory, and the engine goes on", async () => {
  const page = await visit();
  const failure = await page.failure(
    `SELECT count(*) AS n FROM (SELECT DISTINCT f.time, f.delay, f.origin, f.destination, v.k
     FROM flights f CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS v(k)) AS d`,
  );
  assert.equal(failure.kind, "OutOfMemory", failure.message);
  assert.ok(failure.hint);
  assert.deepEqual((await page.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
});

journey("a rejected promise can be caught in the console like any error", async ({ page }) => {
  const caught = await page.evaluate(async () => {
    try {
      await window.goldpan.query("SELECT * FROM nowhere");
      return undefined;
    } catch (error) {
      return { keys: ["kind", "message", "hint"].filter((key) => key in error), text: String(error) };
    }
  });
  assert.deepEqual(caught.keys, ["kind", "message", "hint"]);
  assert.doesNotMatch(caught.text, /\[object Object\]/);
});
