// What a query will cost is said before it runs, and asked about where it is much.
import assert from "node:assert/strict";

import { openField, panel, settled } from "./support/page.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

const oneWeek = `SELECT count(*) AS n, avg(delay) AS mean FROM flights
                 WHERE time >= TIMESTAMP '2001-03-05' AND time < TIMESTAMP '2001-03-12'`;
const wholeColumn = "SELECT avg(distance) AS mean FROM flights";

/** What `estimate` says, or the failure. */
function estimate(visit, sql, options) {
  return visit.page.evaluate(
    ([sql, options]) =>
      window.goldpan.estimate(sql, options).catch(({ kind, message, hint }) => ({ kind, message, hint })),
    [sql, options],
  );
}

function dataBytes(visit) {
  return visit.requests.filter((request) => new URL(request.url()).pathname.endsWith(".parquet")).length;
}

/** Lets the page ask from so many bytes on, as if a person had chosen that before. */
async function goWithBudget(visit, bytes, path) {
  await visit.page.evaluate((bytes) => localStorage.setItem("goldpan.budget", String(bytes)), bytes);
  await visit.go(path);
}

function link(sql, table) {
  return `?sql=${encodeURIComponent(sql)}${table ? `&t=${table}` : ""}`;
}

/** Replaces the text of the editor. */
async function write(visit, sql) {
  const content = visit.find("sql-editor").locator(".cm-content");
  await content.click();
  await visit.page.keyboard.press("Control+a");
  await visit.page.keyboard.type(sql);
}

journey("an estimate says what a query then fetches", async (visit) => {
  const said = await estimate(visit, oneWeek);
  assert.deepEqual(Object.keys(said).sort(), [
    "bytes",
    "cachedBytes",
    "files",
    "filesTotal",
    "requests",
    "rowGroups",
    "rowGroupsTotal",
  ]);
  for (const [name, value] of Object.entries(said)) assert.equal(typeof value, "number", name);
  assert.ok(said.rowGroups > 0 && said.rowGroups < said.rowGroupsTotal, JSON.stringify(said));
  const { stats } = await visit.query(oneWeek);
  const share = said.bytes / stats.bytes_fetched;
  assert.ok(share > 0.9 && share < 1.1, `${said.bytes} said, ${stats.bytes_fetched} fetched`);
  const after = await estimate(visit, oneWeek);
  assert.equal(after.bytes, 0);
  assert.ok(after.cachedBytes > 0);
});

journey("an estimate of a mistake fails as the query would", async (visit) => {
  assert.equal((await estimate(visit, "SELEC 1")).kind, "InvalidQuery");
  assert.equal((await estimate(visit, "SELECT * FROM nowhere")).kind, "UnknownTable");
  assert.equal((await estimate(visit, 17)).kind, "InvalidQuery");
  const wrong = await estimate(visit, "SELECT 1", { maxRows: -1 });
  assert.match(`${wrong.kind} ${wrong.message}`, /InvalidQuery.*maxRows/);
});

journey("maxBytes refuses a query before its data is fetched", async (visit) => {
  const { bytes } = await estimate(visit, wholeColumn);
  const before = dataBytes(visit);
  const failure = await visit.failure(wholeColumn, { maxBytes: bytes - 1 });
  assert.equal(failure.kind, "OverBudget", failure.message);
  assert.equal(dataBytes(visit), before);
  const { stats } = await visit.query(wholeColumn, { maxBytes: bytes });
  assert.ok(stats.bytes_fetched > 0);
  const wrong = await visit.failure(wholeColumn, { maxBytes: "much" });
  assert.match(`${wrong.kind} ${wrong.message}`, /InvalidQuery.*maxBytes/);
});

journey("the same statement again is answered by the answer from before", { path: link(oneWeek) }, async (visit) => {
  await settled(visit);
  assert.doesNotMatch(await visit.find("status-line").innerText(), /kept from before/);
  await visit.find("run-query").click();
  await visit.find("status-line").filter({ hasText: "answer kept from before" }).waitFor();
  const { stats } = await visit.query(oneWeek, { maxRows: 50_000 });
  assert.equal(stats.is_cached_result, true);
  assert.equal(stats.bytes_fetched, 0);
});

journey("the editor says what a statement would fetch, before it runs", { path: link("SELECT 1 AS one") }, async (visit) => {
  await settled(visit);
  assert.equal(await visit.find("forecast").count(), 0, "what has been answered needs no forecast");
  await write(visit, wholeColumn);
  const text = await visit.find("forecast").innerText();
  assert.match(text, /^\d[\d.]* [kM]B to fetch, \d+ requests?$/);
  await write(visit, `${wholeColumn} WHERE`);
  await visit.find("forecast").waitFor({ state: "detached" });
  await write(visit, "SELECT sum(cost_total) AS s FROM birdstrikes");
  await visit.find("forecast").filter({ hasNotText: text }).waitFor();
  await visit.find("run-query").click();
  await visit.find("forecast").waitFor({ state: "detached" });
  await settled(visit);
  await write(visit, "SELECT avg(cost_total) AS a FROM birdstrikes");
  await visit.find("forecast").filter({ hasText: "nothing to fetch: cached" }).waitFor();
});

journey("a statement above the budget is asked about, and runs when it may", async (visit) => {
  await goWithBudget(visit, 100_000, link(wholeColumn));
  const text = await panel(visit, "OverBudget");
  assert.match(text, /above 100 kB/);
  const button = visit.page.getByRole("button", { name: /^Fetch \d/ });
  await button.waitFor();
  const before = dataBytes(visit);
  await button.click();
  await settled(visit);
  assert.ok(dataBytes(visit) > before);
  assert.equal(await visit.find("error-panel").count(), 0);
});

journey("a statement above the budget can be left alone", async (visit) => {
  await goWithBudget(visit, 100_000, link(wholeColumn));
  await panel(visit, "OverBudget");
  const before = dataBytes(visit);
  await visit.page.getByRole("button", { name: "Cancel" }).click();
  await panel(visit, "Cancelled");
  assert.equal(dataBytes(visit), before);
});

journey("a person who does not want to be asked is not asked", async (visit) => {
  await goWithBudget(visit, "never", link(wholeColumn));
  await settled(visit);
  assert.equal(await visit.find("error-panel").count(), 0);
});

journey("counts of a field above the budget show why, and run when they may", async (visit) => {
  await goWithBudget(visit, 1, "?t=flights");
  await panel(visit, "OverBudget");
  await visit.find("run-anyway").click();
  await settled(visit);
  await openField(visit, "origin");
  await visit.find("facet-origin-ATL").click();
  await openField(visit, "destination");
  const field = visit.page.locator(".field").filter({ has: visit.page.getByTestId("field-destination") });
  await field.getByRole("button", { name: "Run anyway" }).click();
  await field.getByTestId("facet-destination-LGA").waitFor();
  assert.equal(await field.getByTestId("error-panel").count(), 0);
});
