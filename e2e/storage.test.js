// What is kept in the browser: seen, emptied, and kept on purpose for use without a network.
import assert from "node:assert/strict";

import { launch, openPage } from "./support/browser.js";
import { gold } from "./support/gold.js";
import { settled } from "./support/page.js";
import { goldFolder } from "./support/paths.js";
import { staticServer } from "./support/static-server.js";
import { suite } from "./support/suite.js";

const { journey, test } = suite();

// No statistics answer it.
const costs = "SELECT sum(cost_total) AS s FROM birdstrikes WHERE cost_total > 7";

/** Calls a method of the console; the failure where it fails. */
function call(visit, method, ...args) {
  return visit.page.evaluate(
    ([method, args]) =>
      window.goldpan[method](...args).catch(({ kind, message, hint }) => ({ kind, message, hint })),
    [method, args],
  );
}

async function cache(visit, name) {
  const { caches } = await call(visit, "storage");
  return caches.find((known) => known.cache === name);
}

async function openStorage(visit) {
  await visit.find("open-storage").click();
  await visit.find("cache-footers").waitFor();
}

journey("storage() reports each cache, and clear() empties it", async (visit) => {
  const { caches, pins, diskProblem } = await call(visit, "storage");
  assert.deepEqual(
    caches.map((known) => known.cache),
    ["footers", "memory", "disk", "columns", "results"],
  );
  assert.deepEqual(Object.keys(caches[0]).sort(), [
    "budgetBytes",
    "bytes",
    "cache",
    "entries",
    "evictions",
    "hits",
    "misses",
  ]);
  assert.deepEqual(pins, []);
  assert.equal(diskProblem, undefined);
  await visit.query(costs);
  for (const name of ["footers", "memory", "columns", "results"]) {
    const { bytes, budgetBytes } = await cache(visit, name);
    assert.ok(bytes > 0 && bytes <= budgetBytes, `${name}: ${bytes} of ${budgetBytes}`);
    const after = await call(visit, "clear", name);
    assert.equal(after.caches.find((known) => known.cache === name).bytes, 0, name);
  }
  const { stats } = await visit.query(costs);
  assert.equal(stats.is_cached_result, false);
});

journey("bad arguments are told from bad luck", async (visit) => {
  for (const [method, ...args] of [
    ["clear"],
    ["clear", "everything"],
    ["pin"],
    ["pin", "birdstrikes", { columns: "cost_total" }],
    ["pin", "birdstrikes", { columns: [] }],
    ["pin", "birdstrikes", { columns: [7] }],
    ["pin", "birdstrikes", { onProgress: "loud" }],
    ["pin", "birdstrikes", { signal: {} }],
    ["pin", "birdstrikes", { columns: ["no_such_column"] }],
    ["unpin", 7],
  ]) {
    const { kind, message } = await call(visit, method, ...args);
    assert.equal(kind, "InvalidQuery", `${method}(${JSON.stringify(args)}): ${message}`);
  }
  assert.equal((await call(visit, "pin", "nowhere")).kind, "UnknownTable");
});

journey("the panel shows the caches and empties one", async (visit) => {
  await visit.query(costs);
  await openStorage(visit);
  const { bytes } = await cache(visit, "memory");
  const memory = visit.find("cache-memory");
  const meter = memory.getByRole("meter");
  assert.equal(Number(await meter.getAttribute("aria-valuenow")), bytes);
  await memory.getByRole("button", { name: "Clear Memory" }).click();
  await memory.filter({ hasText: "0 B of" }).waitFor();
  assert.equal((await cache(visit, "memory")).bytes, 0);
});

journey("the panel follows what happens while it is open", async (visit) => {
  await openStorage(visit);
  const footers = visit.find("cache-footers");
  await footers.filter({ hasText: "0 entries" }).waitFor();
  await visit.query(costs);
  await footers.filter({ hasText: "1 entry" }).waitFor();
});

journey("the panel opens, closes and gives the focus back by the keyboard", { path: "?t=birdstrikes" }, async (visit) => {
  await settled(visit);
  await visit.find("open-storage").focus();
  await visit.page.keyboard.press("Enter");
  await visit.find("cache-footers").waitFor();
  const inDialog = () => visit.page.evaluate(() => Boolean(document.activeElement?.closest("dialog")));
  for (let step = 0; step < 12; step += 1) {
    await visit.page.keyboard.press("Tab");
    const isOut = await visit.page.evaluate(() => document.activeElement === document.body);
    assert.ok(isOut || (await inDialog()), "Tab stays in the dialog or goes to the browser's own controls");
  }
  await visit.page.keyboard.press("c");
  assert.match(visit.page.url(), /t=birdstrikes/, "letters do nothing to the page behind");
  await visit.page.keyboard.press("Escape");
  await visit.find("storage").waitFor({ state: "detached" });
  const focused = await visit.page.evaluate(() => document.activeElement?.dataset.testid);
  assert.equal(focused, "open-storage");
});

journey("the budget is chosen in the panel, and holds after a reload", async (visit) => {
  await openStorage(visit);
  assert.equal(await visit.find("budget").inputValue(), "200000000");
  await visit.find("budget").selectOption({ label: "above 10 MB" });
  await visit.page.reload();
  await openStorage(visit);
  assert.equal(await visit.find("budget").inputValue(), "10000000");
  await visit.find("budget").selectOption({ label: "never" });
  assert.equal(await visit.page.evaluate(() => localStorage.getItem("goldpan.budget")), "never");
});

journey("chosen columns of a table are kept, listed and removed", { path: "?t=birdstrikes" }, async (visit) => {
  await settled(visit);
  await visit.find("keep-offline").click();
  const dialog = visit.page.getByRole("dialog", { name: "Keep for offline" });
  const boxes = dialog.getByRole("list", { name: "Columns" }).getByRole("checkbox");
  const all = await boxes.count();
  assert.ok(all > 5);
  for (const box of await boxes.all()) assert.ok(await box.isChecked(), "all are wanted at first");
  await dialog.getByRole("checkbox", { name: "All columns" }).uncheck();
  assert.ok(await dialog.getByRole("button", { name: "Keep" }).isDisabled(), "nothing cannot be kept");
  await dialog.getByRole("checkbox", { name: "cost_total" }).check();
  await visit.find("keep-size").filter({ hasText: /\d [kM]?B/ }).waitFor();
  await dialog.getByRole("button", { name: "Keep" }).click();
  await visit.find("pin-done").filter({ hasText: "birdstrikes is kept: cost_total" }).waitFor();
  const worker = await visit.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.scope);
  assert.equal(worker, `${visit.server.url}/`, "the page itself is kept too");
  const { pins } = await call(visit, "storage");
  assert.deepEqual(
    pins.map(({ table, columns, isCurrent }) => ({ table, columns, isCurrent })),
    [{ table: "birdstrikes", columns: ["cost_total"], isCurrent: true }],
  );
  await visit.page.keyboard.press("Escape");
  await openStorage(visit);
  const pin = visit.find("pin-birdstrikes");
  assert.match(await pin.innerText(), /cost_total · \d+(\.\d+)? kB/);
  await pin.getByRole("button", { name: "Remove birdstrikes" }).click();
  await pin.waitFor({ state: "detached" });
  assert.deepEqual((await call(visit, "storage")).pins, []);
});

journey("a kept table answers without a network, and its progress was told", async (visit) => {
  const told = await visit.page.evaluate(async () => {
    const told = [];
    await window.goldpan.pin("birdstrikes", { onProgress: (progress) => told.push(progress) });
    return told;
  });
  assert.ok(told.length > 0);
  const last = told.at(-1);
  assert.ok(last.bytesFetched > 0 && last.bytesFetched <= last.bytesEstimated, JSON.stringify(last));
  const { rows } = await visit.query(costs);
  assert.ok(rows[0][0] > 7);
  for (const name of ["footers", "memory", "columns", "results"]) await call(visit, "clear", name);
  await visit.context.setOffline(true);
  const offline = await visit.query(costs);
  assert.deepEqual(offline.rows, rows);
  assert.equal(offline.stats.requests, 0);
  assert.ok(offline.stats.cache_hit_bytes > 0);
});

journey("a download that is given up keeps nothing", { path: "?t=flights" }, async (visit) => {
  await settled(visit);
  // Data comes no more.
  await visit.context.route(`${visit.server.objects}/**/*.parquet*`, () => {});
  await visit.find("keep-offline").click();
  const dialog = visit.page.getByRole("dialog", { name: "Keep for offline" });
  await dialog.getByRole("button", { name: "Keep" }).click();
  await visit.find("pin-progress").waitFor();
  await dialog.getByRole("button", { name: "Cancel download" }).click();
  await visit.find("pin-progress").waitFor({ state: "detached" });
  assert.deepEqual((await call(visit, "storage")).pins, []);
  const kind = await visit.page.evaluate(() => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    return window.goldpan.pin("flights", { signal: controller.signal }).then(
      () => "kept",
      ({ kind }) => kind,
    );
  });
  assert.equal(kind, "Cancelled");
});

journey("a download that fails says why and can be tried again", { path: "?t=airport_days" }, async (visit) => {
  await settled(visit);
  const data = `${visit.server.objects}/**/*.parquet*`;
  await visit.context.route(data, (route) => route.fulfill({ status: 404, headers: { "Access-Control-Allow-Origin": "*" } }));
  await visit.find("keep-offline").click();
  const dialog = visit.page.getByRole("dialog", { name: "Keep for offline" });
  await dialog.getByRole("button", { name: "Keep" }).click();
  await dialog.locator('[data-testid="error-panel"][data-kind="NotFound"]').waitFor();
  await visit.context.unroute(data);
  await dialog.getByRole("button", { name: "Try again" }).click();
  await visit.find("pin-done").waitFor();
});

journey("files of this tab have no button to keep them: they are on the disk", async (visit) => {
  const { tables } = await gold();
  await visit.find("open-file").first().setInputFiles(tables.birdstrikes.paths);
  await settled(visit);
  assert.equal(await visit.find("keep-offline").count(), 0);
});

test("a page without a secure origin says what it cannot keep", async (t) => {
  const server = await staticServer({
    lake: { kind: "base_url", url: "gold/" },
    folders: { "/gold/": goldFolder },
  });
  t.after(() => server.stop());
  // A name other than localhost, without https: browsers trust it with little.
  const browser = await launch("--host-resolver-rules=MAP page.test 127.0.0.1");
  t.after(() => browser.close());
  const url = server.url.replace("127.0.0.1", "page.test");
  const visit = await openPage(browser, { ...server, url, objects: url }, { path: "?t=birdstrikes" });
  await settled(visit);
  await visit.find("keep-offline").click();
  const dialog = visit.page.getByRole("dialog", { name: "Keep for offline" });
  await dialog.getByRole("button", { name: "Keep" }).click();
  await visit.find("page-problem").filter({ hasText: "https://" }).waitFor();
  await dialog.locator('[data-testid="error-panel"]').filter({ hasText: "could not be kept" }).waitFor();
  await visit.page.keyboard.press("Escape");
  await openStorage(visit);
  await visit.find("disk-problem").waitFor();
});
