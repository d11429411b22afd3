// Failures that come from no file: each has its panel, and the page goes on.
import assert from "node:assert/strict";

import { panel } from "./support/page.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

journey("a statement with a mistake shows as InvalidQuery beside the editor", { path: "?sql=SELEC+1" }, async (visit) => {
  assert.match(await panel(visit, "InvalidQuery"), /SELEC/);
  assert.deepEqual((await visit.query("SELECT 1 AS one")).rows, [[1]]);
});

journey("a link to a table that is not there says so", { path: "?t=no_such_table" }, async (visit) => {
  assert.match(await panel(visit, "UnknownTable"), /no_such_table/);
});

journey("a link that was cut off says so and leads out", { path: "?s=%7B%22t%22%3A%22fli" }, async (visit) => {
  assert.match(await panel(visit, "BrokenLink"), /link/i);
  await visit.page.getByRole("button", { name: /catalog/i }).click();
  await visit.find("table-flights").waitFor();
});

const hungry = `SELECT count(*) AS n FROM (SELECT DISTINCT f.time, f.delay, f.origin, f.destination, v.k
                FROM flights f CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS v(k)) AS d`;

journey("a statement that needs too much memory says so, and the next one runs", async (visit) => {
  await visit.go(`?sql=${encodeURIComponent(hungry)}`);
  assert.match(await panel(visit, "OutOfMemory"), /memory/);
  await visit.go(`?sql=${encodeURIComponent("SELECT count(*) AS n FROM birdstrikes")}`);
  await visit.find("result-grid").getByRole("gridcell", { name: "10,000" }).waitFor();
});

/** An engine that says this first, and answers every call with that. */
function impostor(ready, outcome) {
  return `self.onmessage = ({ data }) => {
    const { type, id } = JSON.parse(data.head);
    if (type === "call") postMessage({ head: JSON.stringify({ type: "done", id, outcome: ${JSON.stringify(outcome)} }) });
  };
  postMessage({ head: JSON.stringify({ type: "ready", protocol_version: ${ready} }) });`;
}

/** Loads the page with another engine in the place of the real one. */
async function reloadWith(visit, engine) {
  await visit.context.route("**/worker.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: engine }),
  );
  await visit.page.reload();
}

journey("an engine of another version asks for a reload, and a reload mends it", async (visit) => {
  await reloadWith(visit, impostor(999_999, { Err: { kind: "Internal", message: "is never read" } }));
  assert.match(await panel(visit, "ProtocolMismatch"), /version/);
  await visit.context.unroute("**/worker.js");
  await visit.page.getByRole("button", { name: "Reload" }).first().click();
  await visit.find("table-flights").waitFor();
});

journey("an engine that answers beside the point is reported as a defect", async (visit) => {
  const rowGroups = { row_groups_total: 0, row_groups_pruned: 0, row_groups_cached: 0 };
  const stats = { elapsed_ms: 1, bytes_fetched: 0, requests: 0, ...rowGroups };
  const summary = { reply: "summary", columns: [], rows: 0, truncated: false, is_of_new_snapshot: false };
  const reply = { ...summary, stats: { ...stats, cache_hit_bytes: 0, is_cached_result: false, workers: 1 } };
  await reloadWith(visit, impostor(3, { Ok: reply }));
  assert.match(await panel(visit, "Internal"), /wrong|report/i);
});

journey("a signing endpoint that refuses shows on the catalog page, and trying again opens the lake", async (visit) => {
  await visit.context.route("**/sign", (route) => route.fulfill({ status: 403, body: "no" }));
  await visit.page.reload();
  await panel(visit, "Denied");
  await visit.context.unroute("**/sign");
  await visit.page.getByRole("button", { name: "Try again" }).click();
  await visit.find("table-flights").waitFor();
});
