// A long aggregation shows intermediate answers, each marked as one, and ends exact.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { assertSameResult } from "./support/compare.js";
import { gold } from "./support/gold.js";
import { oracle } from "./support/oracle.js";
import { cells, panel, settled } from "./support/page.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

let duckdb;
before(async () => {
  const { tables } = await gold();
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
});
after(() => duckdb?.close());

/** Several seconds for one worker: three million rows, and much to do for each. */
const spelled = (column) => `length(regexp_replace(${column} || origin || destination, '([A-M])([N-Z])', '\\2\\1\\2'))`;
const slow = `SELECT origin_state AS state, count(*) AS n, sum(${spelled("origin")} + ${spelled("destination")}) AS s
  FROM flights GROUP BY origin_state ORDER BY n DESC, state`;

/** Opens a statement on the page of one worker. */
async function openSlow(visit) {
  await visit.page.evaluate(() => localStorage.setItem("goldpan.workers", "1"));
  await visit.go(`?sql=${encodeURIComponent(slow)}`);
}

journey("onPartial hears of more and more rows, and the answer is exact", async (visit) => {
  await visit.page.evaluate(() => window.goldpan.workers(1));
  const { heard, result } = await visit.page.evaluate(async (sql) => {
    const heard = [];
    const onPartial = (rows, seen) => heard.push({ groups: rows.length, n: rows.reduce((n, row) => n + row[1], 0), seen });
    const result = await window.goldpan.query(sql, { onPartial });
    return { heard, result };
  }, slow);
  assert.ok(heard.length > 0, "there is something to see on the way");
  for (const { groups, n, seen } of heard) {
    assert.deepEqual(Object.keys(seen).sort(), ["rows", "rowsTotal"]);
    assert.equal(seen.rowsTotal, 3_000_000);
    assert.ok(seen.rows > 0 && seen.rows <= seen.rowsTotal, JSON.stringify(seen));
    assert.equal(n, seen.rows, "each row that was seen is counted, and no other");
    assert.ok(groups <= result.rows.length);
  }
  const rows = heard.map(({ seen }) => seen.rows);
  assert.deepEqual(rows, rows.toSorted((a, b) => a - b));
  assertSameResult(result, await duckdb.query(slow));
});

journey("without onPartial nothing but the answer comes", async (visit) => {
  await visit.page.evaluate(() => window.goldpan.workers(1));
  const result = await visit.query(slow);
  assertSameResult(result, await duckdb.query(slow));
  for (const onPartial of ["loud", 7]) {
    assert.equal((await visit.failure("SELECT 1", { onPartial })).kind, "InvalidQuery");
  }
});

journey("the page marks an intermediate answer and puts the exact one in its place", async (visit) => {
  await openSlow(visit);
  const banner = visit.find("partial-banner");
  await banner.waitFor();
  assert.match(await banner.innerText(), /Partial: \d+ % of rows seen/);
  const marked = await visit.page.evaluate(() => ({
    grid: document.querySelector('[role="grid"]')?.getAttribute("aria-label"),
    isDownloadOff: document.querySelector('[data-testid="download-csv"]')?.disabled,
  }));
  assert.deepEqual(marked, { grid: "Partial result", isDownloadOff: true });
  await settled(visit);
  assert.equal(await banner.count(), 0);
  assert.equal(await visit.page.getByRole("grid").getAttribute("aria-label"), "Result");
  assert.ok(await visit.find("download-csv").isEnabled());
  const { rows } = await duckdb.query(slow);
  const shown = await cells(visit);
  assert.deepEqual(
    shown.slice(0, 5),
    rows.slice(0, 5).map((row) => row.map((value) => (typeof value === "string" && !/^\d+$/.test(value) ? value : Number(value).toLocaleString("en-US")))),
  );
});

journey("a statement that is cancelled leaves no intermediate answer standing", async (visit) => {
  await openSlow(visit);
  await visit.find("partial-banner").waitFor();
  await visit.page.keyboard.press("Escape");
  await panel(visit, "Cancelled");
  assert.equal(await visit.find("partial-banner").count(), 0);
  assert.equal(await visit.find("result-grid").count(), 0);
});
