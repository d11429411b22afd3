// An analyst's journeys on the page, from the catalog to a shared link. Numbers on the page are native DuckDB's.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { gold } from "./support/gold.js";
import { oracle } from "./support/oracle.js";
import { cells, chips, number, openField, settled, statement } from "./support/page.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

let published;
let duckdb;
before(async () => {
  published = await gold();
  const { tables } = published;
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
});
after(() => duckdb?.close());

async function count(where) {
  return (await duckdb.query(`SELECT count(*) FROM flights WHERE ${where}`)).rows[0][0];
}

function column(name) {
  return published.tables.flights.manifest.columns.find((known) => known.name === name);
}

journey("the catalog lists the tables with rows and bytes, and leads to them", async (visit) => {
  const list = visit.find("table-list");
  for (const { name, rows } of published.catalog.tables) {
    const text = await list.getByTestId(`table-${name}`).innerText();
    assert.ok(text.includes(rows.toLocaleString("en-US")), text);
    assert.match(text, /\d+(\.\d+)? [kM]?B/);
  }
  await visit.find("table-birdstrikes").click();
  await visit.find("row-count").filter({ hasText: "10,000 rows" }).waitFor();
  await visit.find("field-wildlife_species").waitFor();
});

journey("facets and histograms show the manifest's counts", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "origin");
  for (const { value, count: rows } of column("origin").statistics.top_values.slice(0, 5)) {
    assert.equal(number(await visit.find(`facet-origin-${value}`).innerText()), rows, value);
  }
  await openField(visit, "delay");
  const bars = visit.find("histogram-delay").locator(".bar");
  assert.equal(await bars.count(), column("delay").statistics.histogram.counts.length);
});

journey("a click on a facet filters, and a second click takes the filter away", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "origin");
  await visit.find("facet-origin-ATL").click();
  assert.deepEqual(await chips(visit), ["origin is ATL"]);
  await settled(visit);
  const rows = await cells(visit);
  assert.ok(rows.length > 10);
  assert.ok(rows.every((row) => row.includes("ATL")), JSON.stringify(rows[0]));
  await openField(visit, "destination_state");
  const toFlorida = await count("origin = 'ATL' AND destination_state = 'FL'");
  await visit.page.waitForFunction(
    ([id, wanted]) =>
      document.querySelector(`[data-testid="${id}"]`)?.innerText.replaceAll(/\D/g, "") === String(wanted),
    ["facet-destination_state-FL", toFlorida],
  );
  await visit.find("facet-origin-ATL").click();
  await visit.find("filter-chip").waitFor({ state: "detached" });
});

journey("an alt-click excludes a value, and keeps NULL", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "origin_state");
  await visit.find("facet-origin_state-CA").click({ modifiers: ["Alt"] });
  assert.deepEqual(await chips(visit), ["origin_state is not CA"]);
  await visit.find("add-measure").selectOption({ label: "count of rows" });
  await settled(visit);
  assert.equal(number((await cells(visit))[0][0]), await count("origin_state IS DISTINCT FROM 'CA'"));
});

journey("a brush that is under way survives the answer to the question before it", async (visit) => {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await visit.context.route("**/*.parquet*", async (route) => {
    await released;
    await route.continue();
  });
  await visit.find("table-flights").click();
  const histogram = visit.find("histogram-time").last();
  await histogram.waitFor();
  const box = await histogram.boundingBox();
  const across = (share) => [box.x + box.width * share, box.y + box.height / 2];
  await visit.page.mouse.move(...across(0.3));
  await visit.page.mouse.down();
  await visit.page.mouse.move(...across(0.4), { steps: 3 });
  release();
  await settled(visit);
  await visit.page.mouse.move(...across(0.5), { steps: 3 });
  await visit.page.mouse.up();
  await visit.find("filter-chip").filter({ hasText: "time" }).waitFor();
  assert.equal((await chips(visit)).length, 1);
});

journey("a brush on a histogram filters by its range", { path: "?t=flights" }, async (visit) => {
  await settled(visit);
  await openField(visit, "time");
  const histogram = visit.find("histogram-time").last();
  await histogram.scrollIntoViewIfNeeded();
  const box = await histogram.boundingBox();
  const { bounds, counts } = column("time").statistics.histogram;
  const [first, last] = [Math.floor(counts.length / 4), Math.floor(counts.length / 2)];
  const middle = (bin) => box.x + (box.width * (bin + 0.5)) / counts.length;
  await visit.page.mouse.move(middle(first), box.y + box.height / 2);
  await visit.page.mouse.down();
  await visit.page.mouse.move(middle((first + last) / 2), box.y + box.height / 2, { steps: 4 });
  await visit.page.mouse.move(middle(last), box.y + box.height / 2, { steps: 4 });
  await visit.page.mouse.up();
  await visit.find("filter-chip").filter({ hasText: "time" }).waitFor();
  await visit.find("add-measure").selectOption({ label: "count of rows" });
  await settled(visit);
  const expected = await count(`time >= '${bounds[first]}' AND time < '${bounds[last + 1]}'`);
  assert.equal(number((await cells(visit))[0][0]), expected);
  assert.equal(
    expected,
    counts.slice(first, last + 1).reduce((sum, rows) => sum + rows, 0),
  );
});

journey("a group-by draws a chart and fills the grid with DuckDB's numbers", { path: "?t=flights" }, async (visit) => {
  await visit.find("add-group").selectOption("origin_state");
  await visit.find("add-measure").selectOption("delay");
  await settled(visit);
  await visit.find("chart").locator("canvas, svg").first().waitFor();
  const { rows } = await duckdb.query(
    `SELECT origin_state, count(*) AS n, avg(delay) FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 8`,
  );
  const shown = (await cells(visit)).slice(0, rows.length);
  assert.deepEqual(
    shown.map(([state, n]) => [state, number(n)]),
    rows.map(([state, n]) => [state, n]),
  );
  for (const [index, [, , mean]] of rows.entries()) {
    assert.ok(Math.abs(Number(shown[index][2].replace("−", "-")) - mean) < 0.01, `${shown[index][2]}, not ${mean}`);
  }
});

journey("a click on a header sorts by that column", { path: "?t=flights" }, async (visit) => {
  await visit.find("add-group").selectOption("origin");
  await settled(visit);
  await visit.find("result-grid").getByRole("columnheader", { name: "origin" }).click();
  await visit.page.waitForFunction(() => document.querySelector('[data-testid="result-grid"] [role="gridcell"]')?.innerText === "ABE");
  const codes = (await cells(visit)).map(([code]) => code);
  assert.deepEqual(codes, [...codes].sort());
});

journey("the status line tells time, bytes, requests and row groups pruned", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "time");
  await visit.page.getByLabel("time to", { exact: true }).fill("2001-01-14T00:00");
  await visit.page.getByLabel("time to", { exact: true }).press("Enter");
  await visit.find("add-measure").selectOption("delay");
  await settled(visit);
  const text = await visit.find("status-line").innerText();
  assert.match(text, /\d+(\.\d+)? m?s\b/);
  assert.match(text, /\d+(\.\d+)? [kM]?B fetched/);
  assert.match(text, /\d+ requests?/);
  const [, pruned, total] = text.match(/(\d+) of (\d+) row groups? pruned/);
  assert.ok(Number(pruned) > 0 && Number(pruned) < Number(total), text);
});

journey("the statement of a slice can be edited and run", { path: "?t=flights" }, async (visit) => {
  await visit.find("add-group").selectOption("origin_state");
  await settled(visit);
  await visit.find("toggle-sql").click();
  assert.match(await statement(visit), /SELECT "origin_state", count\(\*\)/);
  await visit.find("sql-editor").locator(".cm-content").click();
  await visit.page.keyboard.press("ControlOrMeta+A");
  await visit.page.keyboard.insertText("SELECT max(delay) AS worst, 'a''b' AS quoted FROM flights");
  await visit.find("run-query").click();
  await settled(visit);
  assert.deepEqual(await cells(visit), [["1,688", "a'b"]]);
  await visit.find("sql-editor").locator(".cm-content").click();
  await visit.page.keyboard.press("ControlOrMeta+A");
  await visit.page.keyboard.insertText("SELECT min(delay) AS best FROM flights");
  await visit.page.keyboard.press("ControlOrMeta+Enter");
  await visit.page.waitForFunction(() => document.querySelector('[data-testid="result-grid"]')?.innerText.includes("1,116"));
  await visit.page.goBack();
  await visit.page.waitForFunction(() => document.querySelector('[data-testid="result-grid"]')?.innerText.includes("1,688"));
});

journey("the editor completes names of the table", { path: "?t=flights" }, async (visit) => {
  await visit.find("row-count").waitFor();
  await visit.find("toggle-sql").click();
  await visit.find("sql-editor").locator(".cm-content").click();
  await visit.page.keyboard.press("ControlOrMeta+A");
  await visit.page.keyboard.type("SELECT max(distance), min(destination_sta");
  const accept = async (name) => {
    await visit.page.locator(".cm-tooltip-autocomplete").getByText(name).first().waitFor();
    // CodeMirror takes no key in the first 75 ms of a list, lest somebody typed on without having seen it.
    await sleep(150);
    await visit.page.keyboard.press("Enter");
  };
  await accept("destination_state");
  await visit.page.keyboard.type(") FROM fligh");
  await accept("flights");
  const text = await statement(visit);
  assert.match(text, /^SELECT max\(distance\), min\("?destination_state"?\) FROM "?flights"?\)*$/);
});

journey("Back undoes one gesture at a time, Forward does it again", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "origin");
  await visit.find("facet-origin-ATL").click();
  await visit.find("facet-origin-ORD").click();
  assert.deepEqual(await chips(visit), ["origin is ATL, ORD"]);
  await visit.find("add-group").selectOption("destination");
  await settled(visit);
  await visit.page.goBack();
  assert.deepEqual(await chips(visit), ["origin is ATL, ORD"]);
  await visit.page.goBack();
  await visit.find("filter-chip").filter({ hasText: /ATL$/m }).waitFor();
  assert.deepEqual(await chips(visit), ["origin is ATL"]);
  await visit.page.goBack();
  await visit.find("filter-chip").waitFor({ state: "detached" });
  await visit.page.goForward();
  await visit.find("filter-chip").waitFor();
  assert.deepEqual(await chips(visit), ["origin is ATL"]);
});

const permissions = ["clipboard-read", "clipboard-write"];

journey("a reload and a shared link restore the same view", { path: "?t=flights", permissions }, async (visit) => {
  await openField(visit, "origin");
  await visit.find("facet-origin-LAS").click();
  await visit.find("add-group").selectOption("destination_state");
  await settled(visit);
  const view = async (seen) => ({ chips: await chips(seen), cells: await cells(seen) });
  const before = await view(visit);
  assert.equal(before.chips.length, 1);
  await visit.page.reload();
  await settled(visit);
  assert.deepEqual(await view(visit), before);

  await visit.find("share-link").click();
  const link = await visit.page.evaluate(() => navigator.clipboard.readText());
  assert.doesNotMatch(link, /X-Amz|Signature/);
  const other = await visit.newPage();
  await other.goto(link);
  const guest = Object.assign(Object.create(visit), { page: other });
  await settled(guest);
  assert.deepEqual(await view(guest), before);
});

journey("signed URLs appear nowhere that a person or another site can see", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "origin");
  await visit.find("facet-origin-ATL").click();
  await settled(visit);
  const signatures = visit.requests.map((request) => new URL(request.url()).searchParams.get("X-Amz-Signature"));
  assert.ok(signatures.filter(Boolean).length > 2, "the store was asked with signatures");
  const stored = await visit.page.evaluate(async () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      await indexedDB.databases(),
      "caches" in window ? await caches.keys() : [],
      document.cookie,
      location.href,
      history.state,
      performance.getEntriesByType("resource").map((entry) => entry.name),
    ]),
  );
  const seen = [stored, await visit.page.content(), ...visit.printed, visit.server.output()].join("\n");
  for (const signature of ["X-Amz-Signature", ...new Set(signatures.filter(Boolean))]) {
    assert.ok(!seen.includes(signature), `found in: ${seen.slice(Math.max(0, seen.indexOf(signature) - 200)).slice(0, 300)}`);
  }
});

journey("the dark theme is dark, and stays over a reload", { path: "?t=flights" }, async (visit) => {
  const lightness = () =>
    visit.find("status-line").evaluate((line) => {
      let element = line;
      const colour = () => getComputedStyle(element).backgroundColor;
      while (colour() === "rgba(0, 0, 0, 0)") element = element.parentElement;
      const context = document.createElement("canvas").getContext("2d");
      context.fillStyle = colour();
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
      return (red + green + blue) / 3;
    });
  await visit.find("row-count").waitFor();
  assert.ok((await lightness()) > 200, "light at first");
  await visit.find("theme").click();
  await visit.find("theme").click();
  assert.equal(await visit.page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.ok((await lightness()) < 60);
  await visit.page.reload();
  await visit.find("row-count").waitFor();
  assert.ok((await lightness()) < 60);
});

for (const [width, height] of [
  [390, 844],
  [1280, 800],
]) {
  journey(`nothing scrolls sideways at ${width} pixels`, { viewport: { width, height } }, async (visit) => {
    const overflow = () => visit.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await visit.find("table-flights").waitFor();
    assert.equal(await overflow(), 0, "catalog");
    await visit.find("table-flights").click();
    await settled(visit);
    assert.equal(await overflow(), 0, "rows");
    await visit.go("?s=" + encodeURIComponent(JSON.stringify({ t: "flights", g: [{ c: "origin_state" }], m: [{ f: "count" }] })));
    await settled(visit);
    assert.equal(await overflow(), 0, "groups and chart");
    await visit.find("toggle-sql").click();
    await visit.find("sql-editor").waitFor();
    assert.equal(await overflow(), 0, "editor");
  });
}

journey("a newer gesture takes the place of one that still runs", { path: "?t=flights" }, async (visit) => {
  await openField(visit, "origin");
  for (const code of ["ATL", "ORD", "DFW", "LAX", "PHX"]) await visit.find(`facet-origin-${code}`).click();
  await visit.find("add-measure").selectOption({ label: "count of rows" });
  await settled(visit);
  const expected = await count("origin IN ('ATL', 'ORD', 'DFW', 'LAX', 'PHX')");
  assert.equal(number((await cells(visit))[0][0]), expected);
  await visit.find("error-panel").waitFor({ state: "detached" });
});
