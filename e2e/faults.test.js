// Networks and stores that fail: through a link that spoils every tenth request, with a server that goes away and
// comes back, and with objects that change under the reader. Answers are right, or failures that say what they are.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";

import { openPage } from "./support/browser.js";
import { assertSameResult } from "./support/compare.js";
import { gold } from "./support/gold.js";
import { faultyLink, faults, freePort } from "./support/link.js";
import { oracle } from "./support/oracle.js";
import { ingest } from "./support/paths.js";
import { serve } from "./support/server.js";
import { suite } from "./support/suite.js";

const { shared, test } = suite();

const SHARE = 0.1;
const SEEDS = [1, 2, 3];
const ROUNDS = 2;
/** Nothing takes so long: a call that has not ended by then hangs. */
const HANGS_MS = 90_000;

/** Each reads other columns or other rows, so that what one has fetched does not answer the next. */
const STATEMENTS = [
  "SELECT count(*) AS n, sum(delay) AS total FROM flights",
  "SELECT origin, count(*) AS n, avg(distance) AS mean FROM flights GROUP BY origin",
  "SELECT destination_state, max(delay) AS worst FROM flights WHERE delay > 60 GROUP BY 1",
  "SELECT date_trunc('month', time) AS month, count(*) AS n FROM flights GROUP BY 1",
  "SELECT origin_state, destination_state, count(*) AS n FROM flights GROUP BY 1, 2",
  "SELECT count(*) AS n FROM flights WHERE origin = 'ATL' AND destination = 'ORD'",
  "SELECT species, sum(cost_total) AS cost FROM (SELECT wildlife_species AS species, cost_total FROM birdstrikes) AS b GROUP BY 1",
  "SELECT count(*) AS n, count(DISTINCT origin) AS airports FROM airport_days",
];

let tables;
let duckdb;
before(async () => {
  ({ tables } = await gold());
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
});
after(() => duckdb?.close());

/** A server whose store and signing endpoint are reached through links that can spoil requests. */
async function serveThroughLinks(t, seed) {
  const store = await faultyLink({ seed });
  t.after(() => store.stop());
  const port = await freePort();
  const server = await serve(["--s3-port", String(port), "--s3-url", store.url]);
  t.after(() => server.stop());
  store.target = `http://127.0.0.1:${port}`;
  const site = await faultyLink({ seed: seed + 1000, target: server.url, spoils: ({ url }) => url === "/sign" });
  t.after(() => site.stop());
  return { url: site.url, objects: store.url, links: [store, site], store };
}

async function open(t, server) {
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  return visit;
}

/** The outcome of a statement, or an error when there is none. */
async function bounded(visit, sql) {
  let timer;
  const hangs = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer and no failure after ${HANGS_MS} ms: ${sql}`)), HANGS_MS);
  });
  return Promise.race([visit.attempt(sql, { maxRows: 100_000 }), hangs]).finally(() => clearTimeout(timer));
}

/** Fails unless the outcome is the oracle's answer or the failure that faults may come to; whether it is the answer. */
async function isRight(sql, { result, failure }) {
  if (failure) {
    assert.equal(failure.kind, "Offline", `no kind for a fault of the network: ${JSON.stringify(failure)}`);
    assert.ok(failure.message && failure.hint, `it says too little: ${JSON.stringify(failure)}`);
    assert.doesNotMatch(JSON.stringify(failure), /X-Amz|Signature=/, "a failure tells no signed URL");
    return false;
  }
  assertSameResult(result, await duckdb.query(sql));
  return true;
}

for (const seed of SEEDS) {
  test(`with every tenth request spoilt, answers are right or typed failures (seed ${seed})`, async (t) => {
    const server = await serveThroughLinks(t, seed);
    const visit = await open(t, server);
    for (const link of server.links) link.share = SHARE;
    const isSpoilt = () => server.links.some(({ requests }) => requests.some(({ fault }) => fault));
    let right = 0;
    let rightInSpiteOfFaults = 0;
    // Enough rounds for a fault to be met, whatever is cached meanwhile.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const sql of STATEMENTS) {
        for (const link of server.links) link.requests.length = 0;
        const isAnswer = await isRight(sql, await bounded(visit, sql));
        right += isAnswer ? 1 : 0;
        rightInSpiteOfFaults += isAnswer && isSpoilt() ? 1 : 0;
      }
      await forget(visit);
    }
    t.diagnostic(`${right} of ${ROUNDS * STATEMENTS.length} right, ${rightInSpiteOfFaults} of them in spite of faults`);
    assert.ok(rightInSpiteOfFaults > 0, "requests are tried again");
    assert.ok(2 * right > ROUNDS * STATEMENTS.length, `only ${right} of ${ROUNDS * STATEMENTS.length} were answered`);

    for (const link of server.links) link.share = 0;
    for (const sql of STATEMENTS) {
      assert.ok(await isRight(sql, await bounded(visit, sql)), `${sql}\nis not answered when nothing is spoilt any more`);
    }
  });
}

/** Empties the caches, so that data is fetched again. */
function forget(visit) {
  return visit.page.evaluate(async () => {
    for (const cache of ["results", "columns", "footers", "memory", "disk"]) await window.goldpan.clear(cache);
  });
}

for (const kind of faults) {
  test(`a single "${kind}" in each statement is not seen`, async (t) => {
    const server = await serveThroughLinks(t, 7);
    const visit = await open(t, server);
    const { store } = server;
    store.kinds = [kind];
    for (const sql of STATEMENTS.slice(0, 3)) {
      // The second request of the statement, the others pass.
      let count = 0;
      store.share = 1;
      store.spoils = () => (count += 1) === 2;
      assert.ok(await isRight(sql, await bounded(visit, sql)), `${sql}\nfails after one ${kind}`);
    }
    assert.ok(
      store.requests.some(({ fault }) => fault === kind),
      "a request was spoilt",
    );
  });
}

for (const kind of ["503", "reset", "cut"]) {
  test(`a store that only ever answers with "${kind}" is Offline, until it is well again`, async (t) => {
    const server = await serveThroughLinks(t, 8);
    const visit = await open(t, server);
    const [sql] = STATEMENTS;
    Object.assign(server.store, { share: 1, kinds: [kind] });
    assert.equal(await isRight(sql, await bounded(visit, sql)), false, "there is nothing to answer from");
    server.store.share = 0;
    assert.ok(await isRight(sql, await bounded(visit, sql)));
  });
}

test("a server that goes away is Offline, and one that comes back answers", async (t) => {
  const [port, storePort] = [await freePort(), await freePort()];
  const start = () => serve(["--s3-port", String(storePort)], { port });
  const first = await start();
  const visit = await open(t, first);
  const [sum, other] = ["SELECT sum(delay) AS s FROM flights", "SELECT avg(distance) AS mean FROM flights"];
  assert.ok(await isRight(sum, await bounded(visit, sum)));
  await first.stop();
  const { failure } = await bounded(visit, other);
  assert.equal(failure?.kind, "Offline", JSON.stringify(failure));
  // It signs with other keys now: what was signed before is refused.
  const second = await start();
  t.after(() => second.stop());
  assert.ok(await isRight(other, await bounded(visit, other)), "the next question is answered");
});

test("an object that changes under the reader gives StaleSnapshot or the new answer, never the old rows", async (t) => {
  const lake = mkdtempSync(join(tmpdir(), "goldpan-e2e-lake-"));
  t.after(() => rmSync(lake, { recursive: true }));
  writeFileSync(join(lake, "ingest.toml"), "name = 'changing'\n[targets.local]\ngold = 'gold'\n");
  const publish = async (seed) => {
    await promisify(execFile)(ingest, ["generate", "taxi", "--rows", "200000", "--seed", String(seed), "--project", lake]);
    const read = (key) => JSON.parse(readFileSync(join(lake, "gold", key), "utf8"));
    const { files } = read(read("catalog.json").tables[0].manifest);
    return join(lake, "gold", files[0].key);
  };
  const old = await publish(1);
  const server = await serve([], { lake });
  t.after(() => server.stop());
  const visit = await open(t, server);
  const before = await bounded(visit, "SELECT count(*) AS n, sum(fare) AS fares FROM taxi");
  assert.equal(before.result?.rows[0][0], 200_000);

  // A new snapshot is published, and somebody writes over the file that the reader knows.
  const current = await publish(2);
  copyFileSync(current, old);
  const sql = "SELECT payment, count(*) AS n, sum(total) AS total FROM taxi GROUP BY payment";
  const outcome = await bounded(visit, sql);
  const taxi = await oracle({ taxi: [current] });
  t.after(() => taxi.close());
  if (outcome.failure) assert.equal(outcome.failure.kind, "StaleSnapshot", JSON.stringify(outcome.failure));
  else assertSameResult(outcome.result, await taxi.query(sql));
  // After a reload there is nothing but the new snapshot.
  await visit.go();
  const later = await bounded(visit, sql);
  assertSameResult(later.result, await taxi.query(sql));
});
