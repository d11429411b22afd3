// What was fetched outlives the page: on disk, for every tab, within a budget, and never at the price of an answer.
import assert from "node:assert/strict";

import { launch, openPage } from "./support/browser.js";
import { cache, dataRequests, pin, privateFiles, settledOnDisk, until } from "./support/kept.js";
import { serve } from "./support/server.js";
import { suite } from "./support/suite.js";

const { journey, test } = suite();

const late = "SELECT origin, count(*) AS n, sum(delay) AS s FROM flights WHERE delay > 100 GROUP BY 1 ORDER BY 1";
const far = "SELECT destination, max(distance) AS far FROM flights GROUP BY 1 ORDER BY 1";

/** Blocks of data and manifests. */
async function blocks(visit) {
  return (await privateFiles(visit)).filter(({ path }) => path.startsWith("goldpan/blocks/"));
}

function sum(files) {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}

journey("a second visit fetches no data for the same statement", async (visit) => {
  const first = await visit.query(late);
  assert.ok(first.stats.bytes_fetched > 0);
  await settledOnDisk(visit, first.stats.bytes_fetched);
  await visit.page.reload();
  await visit.page.evaluate(() => window.goldpan.ready);
  const before = dataRequests(visit).length;
  const second = await visit.query(late);
  assert.deepEqual(second.rows, first.rows);
  assert.deepEqual([second.stats.bytes_fetched, second.stats.requests], [0, 0]);
  assert.equal(second.stats.row_groups_cached, second.stats.row_groups_total - second.stats.row_groups_pruned);
  assert.equal(dataRequests(visit).length, before, "as the browser saw it");
  const { hits } = await cache(visit, "disk");
  assert.ok(hits > 0);
});

journey("what is on disk is what the report says, and no address is among it", async (visit) => {
  await visit.query(late);
  await settledOnDisk(visit);
  const report = await cache(visit, "disk");
  const files = await blocks(visit);
  assert.deepEqual([files.length, sum(files)], [report.entries, report.bytes]);
  const written = await visit.page.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("goldpan");
    const texts = [];
    for (const name of ["catalogs", "pins"]) {
      const folder = await root.getDirectoryHandle(name, { create: true });
      for await (const handle of folder.values()) texts.push(await (await handle.getFile()).text());
    }
    return texts.join("\n");
  });
  assert.match(written, /"tables"/, "the catalog is kept");
  assert.doesNotMatch(written + JSON.stringify(files), /X-Amz|Signature|http/);
});

journey("two tabs at once on an empty disk both answer, and a third fetches nothing", async (visit) => {
  const pages = [visit.page, await visit.newPage()];
  await pages[1].goto(`${visit.server.url}/`);
  const ask = (page) => page.evaluate((sql) => window.goldpan.query(sql), late);
  const [one, other] = await Promise.all(pages.map(ask));
  assert.deepEqual(one.rows, other.rows);
  await settledOnDisk(visit, one.stats.bytes_fetched);
  const before = dataRequests(visit).length;
  const third = await visit.newPage();
  await third.goto(`${visit.server.url}/`);
  const answer = await ask(third);
  assert.deepEqual([answer.rows, answer.stats.requests], [one.rows, 0]);
  assert.equal(dataRequests(visit).length, before);
  assert.deepEqual(visit.problems, []);
});

journey("a tab whose files another one has cleared fetches them again", async (visit) => {
  const first = await visit.query(late);
  await settledOnDisk(visit, first.stats.bytes_fetched);
  await visit.page.reload();
  await visit.page.evaluate(() => window.goldpan.ready);
  // It knows by now what is on disk.
  await visit.query("SELECT 1 AS one");
  const other = await visit.newPage();
  await other.goto(`${visit.server.url}/`);
  const { caches } = await other.evaluate(() => window.goldpan.clear("disk"));
  assert.equal(caches.find(({ cache }) => cache === "disk").bytes, 0);
  assert.deepEqual(await blocks(visit), []);
  const second = await visit.query(late);
  assert.deepEqual(second.rows, first.rows);
  assert.equal(second.stats.bytes_fetched, first.stats.bytes_fetched);
  assert.deepEqual(visit.problems, []);
});

journey("a damaged file on disk is fetched again", async (visit) => {
  const first = await visit.query(late);
  await settledOnDisk(visit, first.stats.bytes_fetched);
  // As a browser leaves it that stops between creating and writing.
  await visit.page.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("goldpan");
    for await (const handle of (await root.getDirectoryHandle("blocks")).values()) {
      const stream = await handle.createWritable();
      await stream.close();
    }
  });
  await visit.page.reload();
  const second = await visit.query(late);
  assert.deepEqual(second.rows, first.rows);
});

/** Sets what the browser allows the site from now on. */
async function allow(visit, quotaSize) {
  const session = await visit.context.newCDPSession(visit.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(visit.server.url).origin, quotaSize });
}

journey("where the browser allows no more, what was used least recently gives way", async (visit) => {
  const allowed = 8 * 1024 * 1024;
  await allow(visit, allowed);
  const wanted = await visit.query(late);
  const { rows } = await visit.query(far);
  const [[july]] = (await visit.query("SELECT count(*) AS n FROM flights WHERE time > TIMESTAMP '2001-06-01' AND delay = 1")).rows;
  assert.ok(july > 0);
  await settledOnDisk(visit);
  const { evictions, bytes } = await cache(visit, "disk");
  assert.ok(evictions > 0, "the statements read more than that");
  assert.ok(bytes > allowed / 4 && bytes <= allowed, `${bytes} bytes`);
  assert.ok(sum(await blocks(visit)) <= allowed);
  assert.equal((await visit.page.evaluate(() => window.goldpan.storage())).diskProblem, undefined);
  await visit.page.reload();
  assert.deepEqual((await visit.query(far)).rows, rows);
  assert.deepEqual((await visit.query(late)).rows, wanted.rows);
});

journey("a full disk costs no answer, and is told", async (visit) => {
  await visit.query("SELECT 1 AS one");
  await allow(visit, 100_000);
  const { rows } = await visit.query(late);
  assert.ok(rows.length > 100);
  await until(visit, async () => (await window.goldpan.storage()).diskProblem !== undefined);
  const { diskProblem } = await visit.page.evaluate(() => window.goldpan.storage());
  assert.match(diskProblem, /full/);
  await assert.rejects(pin(visit, "flights", { columns: ["delay"] }), (failure) => {
    assert.equal(failure.kind, "OverBudget");
    assert.match(failure.message, /does not fit/);
    return true;
  });
  assert.deepEqual((await visit.page.evaluate(() => window.goldpan.storage())).pins, []);
  await allow(visit, 1024 ** 3);
  await visit.page.evaluate(() => window.goldpan.clear("disk"));
  await visit.query(far);
  assert.ok((await settledOnDisk(visit)) > 0, "there is room again");
});

test("where the browser keeps no files, everything else works", async () => {
  // Not https and not this computer's own name: no secure context, so no private file system.
  const server = await serve(["--allowed-host", "goldpan.test"]);
  const browser = await launch("--host-resolver-rules=MAP goldpan.test 127.0.0.1");
  try {
    const { port } = new URL(server.url);
    const visit = await openPage(browser, { ...server, url: `http://goldpan.test:${port}` });
    assert.equal(await visit.page.evaluate(() => isSecureContext), false);
    const { rows } = await visit.query(late);
    assert.ok(rows.length > 100);
    const { diskProblem, caches } = await visit.page.evaluate(() => window.goldpan.storage());
    assert.match(diskProblem, /https/);
    assert.equal(caches.find(({ cache }) => cache === "disk").bytes, 0);
    await assert.rejects(pin(visit, "birdstrikes"), { kind: "OverBudget" });
  } finally {
    await browser.close();
    await server.stop();
  }
});
