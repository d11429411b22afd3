// A pinned table answers without a network, and the page that asks for it opens without one.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openPage } from "./support/browser.js";
import { gold } from "./support/gold.js";
import { cache, dataRequests, pin, privateFiles, settledOnDisk, until } from "./support/kept.js";
import { goldFolder, site } from "./support/paths.js";
import { serve } from "./support/server.js";
import { staticServer } from "./support/static-server.js";
import { suite } from "./support/suite.js";

const { shared, journey, test } = suite();

const byMonth = `SELECT date_trunc('month', time) AS month, count(*) AS n, avg(delay) AS mean
                 FROM flights GROUP BY 1 ORDER BY 1`;
const byState = "SELECT origin_state, count(*) AS n FROM birdstrikes GROUP BY 1 ORDER BY 2 DESC, 1";

/** Waits until the page itself is kept. */
function pageIsKept(visit) {
  return visit.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
}

/** Opens the page again, as a person who presses the button. */
async function reload(visit) {
  await visit.page.reload();
  await visit.page.evaluate(() => window.goldpan.ready);
}

function pins(visit) {
  return visit.page.evaluate(async () => (await window.goldpan.storage()).pins);
}

/** A visit to a server of its own, which can go. */
async function visitTo(server, t, options) {
  const visit = await openPage(shared.browser, server, options);
  t.after(async () => {
    await visit.close();
    await server.stop().catch(() => {});
  });
  return visit;
}

test("a pinned table answers after a reload when the server has gone", async (t) => {
  const server = await serve();
  const visit = await visitTo(server, t);
  const online = await visit.query(byMonth);
  const { pins: made } = await pin(visit, "flights", { columns: ["time", "delay"] });
  assert.deepEqual(
    made.map(({ table, columns, isCurrent }) => ({ table, columns, isCurrent })),
    [{ table: "flights", columns: ["time", "delay"], isCurrent: true }],
  );
  assert.ok(made[0].bytes > 0);
  await pageIsKept(visit);
  await server.stop();
  await reload(visit);
  const offline = await visit.query(byMonth);
  assert.deepEqual(offline.rows, online.rows);
  assert.deepEqual([offline.stats.requests, offline.stats.bytes_fetched], [0, 0]);
  assert.deepEqual((await pins(visit)).map(({ isCurrent }) => isCurrent), [true]);
  const failure = await visit.failure("SELECT sum(distance) AS s FROM flights");
  assert.equal(failure.kind, "Offline", "a column that is not pinned");
  assert.deepEqual((await visit.query(byMonth)).rows, online.rows, "and the page goes on");
});

journey("a pinned table answers when the browser is offline, and all of it", async (visit) => {
  const online = await visit.query(byState);
  await pin(visit, "birdstrikes");
  await pageIsKept(visit);
  await visit.context.setOffline(true);
  await reload(visit);
  assert.deepEqual((await visit.query(byState)).rows, online.rows);
  const all = await visit.query("SELECT * FROM birdstrikes");
  assert.equal(all.rows.length, 10_000);
  // A person finds it in the list and opens it.
  await visit.find("table-birdstrikes").click();
  await visit.find("row-count").filter({ hasText: "10,000" }).waitFor();
  await visit.find("result-grid").getByRole("gridcell").first().waitFor();
});

test("a table stays usable as it was pinned when a newer one has been published since", async (t) => {
  const { catalog, tables } = await gold();
  const newer = structuredClone(catalog);
  newer.snapshot_id = "newer";
  const entry = newer.tables.find(({ name }) => name === "birdstrikes");
  entry.manifest = entry.manifest.replace(/[^/]+$/, "newer.json");
  const server = await staticServer({
    lake: { kind: "base_url", url: "gold/" },
    folders: { "/gold/": goldFolder },
    documents: { [`/gold/${entry.manifest}`]: tables.birdstrikes.manifest },
  });
  const visit = await visitTo(server, t);
  const online = await visit.query(byState);
  await pin(visit, "birdstrikes");
  await pageIsKept(visit);
  await visit.context.route("**/gold/catalog.json", (route) => route.fulfill({ json: newer }));
  await reload(visit);
  assert.deepEqual((await visit.query(byState)).rows, online.rows);
  assert.deepEqual((await pins(visit)).map(({ isCurrent }) => isCurrent), [false]);
  await visit.context.unroute("**/gold/catalog.json");
  await server.stop();
  await reload(visit);
  assert.deepEqual((await visit.query(byState)).rows, online.rows);
  assert.deepEqual((await pins(visit)).map(({ isCurrent }) => isCurrent), [true]);
});

journey("clearing the disk leaves what is pinned; giving it up makes it clearable", async (visit) => {
  await pin(visit, "birdstrikes");
  const { stats } = await visit.query("SELECT max(distance) AS far FROM flights");
  await settledOnDisk(visit, stats.bytes_fetched);
  await visit.page.evaluate(() => window.goldpan.clear("disk"));
  assert.equal((await cache(visit, "disk")).bytes, 0);
  await reload(visit);
  const before = dataRequests(visit).length;
  await visit.query(byState);
  assert.equal(dataRequests(visit).length, before, "it is still there");
  const { pins: left } = await visit.page.evaluate(() => window.goldpan.unpin("birdstrikes"));
  assert.deepEqual(left, []);
  assert.ok((await cache(visit, "disk")).bytes > 0, "its files count as all others do");
  await visit.page.evaluate(() => window.goldpan.clear("disk"));
  const files = await privateFiles(visit);
  assert.deepEqual(files.filter(({ path }) => /blocks|pins/.test(path)), []);
});

journey("a pin that is given up on the way is none", async (visit) => {
  const outcome = await visit.page.evaluate(async () => {
    const abort = new AbortController();
    let seen = 0;
    const onProgress = () => {
      seen += 1;
      abort.abort();
    };
    try {
      await window.goldpan.pin("flights", { signal: abort.signal, onProgress });
      return "pinned";
    } catch ({ kind }) {
      return { kind, seen };
    }
  });
  assert.equal(outcome.kind, "Cancelled");
  assert.deepEqual(await pins(visit), []);
  // What it brought is no loss: the next one takes it over.
  const { pins: made } = await pin(visit, "flights");
  assert.equal(made.length, 1);
});

journey("a column that a table does not have cannot be pinned", async (visit) => {
  await assert.rejects(pin(visit, "birdstrikes", { columns: ["nothing"] }), { kind: "InvalidQuery" });
  await assert.rejects(pin(visit, "nothing"), { kind: "UnknownTable" });
  assert.deepEqual(await pins(visit), []);
});

journey("the page's keeper touches the site's files and nothing else", async (visit) => {
  await pin(visit, "birdstrikes");
  await pageIsKept(visit);
  await reload(visit);
  const seen = visit.requests.length;
  await visit.page.evaluate(() => fetch("worker.js"));
  await visit.query("SELECT origin, max(distance) AS far FROM flights GROUP BY 1");
  const requests = visit.requests.slice(seen).filter((request) => !request.serviceWorker());
  const kept = async (request) => (await request.response())?.fromServiceWorker();
  const fromKeeper = [];
  for (const request of requests) if (await kept(request)) fromKeeper.push(new URL(request.url()).pathname);
  // The test asks for the one, and each worker that joins for both.
  const ofTheSite = new Set(["/worker.js", "/engine/engine.js"]);
  assert.ok(fromKeeper.includes("/worker.js"));
  assert.deepEqual(fromKeeper.filter((path) => !ofTheSite.has(path)), []);
  assert.ok(dataRequests(visit).length > 0);
});

test("the page opens as it was last deployed, whether there is a network or not", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "goldpan-site-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // Servers tell versions apart by the time of change, to the second.
  cpSync(site, folder, { recursive: true, preserveTimestamps: true });
  const server = await serve([], { folder });
  const visit = await visitTo(server, t);
  await pin(visit, "birdstrikes");
  await pageIsKept(visit);
  // Another deployment: a file has changed, so the list of files has another version.
  const change = (name, edit) => writeFileSync(join(folder, name), edit(readFileSync(join(folder, name), "utf8")));
  change("console.js", (script) => `window.deployment = "newer";\n${script}`);
  change("offline.js", (script) => script.replace(/version: "\w+"/, 'version: "newer"'));
  await reload(visit);
  assert.equal(await visit.page.evaluate(() => window.deployment), "newer");
  await until(visit, async () => {
    const names = await caches.keys();
    return names.length === 1 && names[0].endsWith("newer");
  });
  await server.stop();
  await reload(visit);
  assert.equal(await visit.page.evaluate(() => window.deployment), "newer");
  assert.equal((await visit.query("SELECT count(*) AS n FROM birdstrikes")).rows[0][0], 10_000);
});
