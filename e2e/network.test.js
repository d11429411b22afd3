// What goes over the wire: presigned GETs of exact ranges, to two origins, and no byte more than needed.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { openPage } from "./support/browser.js";
import { gold } from "./support/gold.js";
import { oracle, string } from "./support/oracle.js";
import { serve } from "./support/server.js";
import { suite } from "./support/suite.js";

const { shared, journey } = suite();

let published;
let duckdb;
before(async () => {
  published = await gold();
  duckdb = await oracle();
});
after(() => duckdb?.close());

/** Requests to the store, with what a person reads in the network panel. */
async function objectRequests(visit) {
  const requests = visit.requests.filter((request) => new URL(request.url()).origin === visit.server.objects);
  return Promise.all(
    requests.map(async (request) => {
      const response = await request.response();
      const { range } = await request.allHeaders();
      return {
        method: request.method(),
        url: new URL(request.url()),
        range,
        status: response?.status(),
        bytes: Number((await response?.allHeaders())?.["content-length"] ?? 0),
      };
    }),
  );
}

function isData({ url }) {
  return url.pathname.endsWith(".parquet");
}

const oneWeek = `SELECT count(*) AS n, avg(delay) AS mean FROM flights
                 WHERE time >= TIMESTAMP '2001-03-05' AND time < TIMESTAMP '2001-03-12'`;

journey("the store is only asked by presigned GETs", async (visit) => {
  await visit.query(oneWeek);
  await visit.query("SELECT origin_state, count(*) AS n FROM birdstrikes GROUP BY 1");
  const requests = await objectRequests(visit);
  assert.ok(requests.length >= 5, `${requests.length} requests`);
  for (const { method, url, range, status } of requests) {
    assert.equal(method, "GET");
    assert.ok(url.searchParams.has("X-Amz-Signature"), url.pathname);
    assert.ok(!url.searchParams.has("list-type"), "no listing");
    if (url.pathname.endsWith(".parquet")) {
      assert.match(range ?? "", /^bytes=\d+-\d+$/, "an exact range");
      assert.equal(status, 206);
      assert.notEqual(range, "bytes=0-0", "no probe");
    } else {
      assert.match(url.pathname, /\/(catalog|manifests\/\w+\/\w+)\.json$/);
    }
  }
});

journey("the first picture comes from the manifest, without a data file", async (visit) => {
  // Data files do not answer at all.
  await visit.context.route(`${visit.server.objects}/**/*.parquet*`, () => {});
  await visit.find("table-flights").click();
  await visit.find("row-count").filter({ hasText: "3,000,000" }).waitFor();
  await visit.find("chart").first().waitFor();
  const origin = visit.find("field-origin");
  if ((await origin.getAttribute("aria-expanded")) !== "true") await origin.click();
  const { top_values: topValues } = published.tables.flights.manifest.columns.find(
    ({ name }) => name === "origin",
  ).statistics;
  const busiest = await visit.find(`facet-origin-${topValues[0].value}`).innerText();
  assert.equal(Number(busiest.replaceAll(/\D/g, "")), topValues[0].count);
  const paths = visit.requests.map((request) => new URL(request.url()).pathname);
  const manifests = paths.filter((path) => path.includes("/manifests/"));
  assert.equal(manifests.length, new Set(manifests).size, "each manifest once");
});

journey("the footer is fetched by one exact range, located by the manifest", async (visit) => {
  await visit.query(oneWeek);
  const { manifest } = published.tables.flights;
  const data = (await objectRequests(visit)).filter(isData);
  for (const file of manifest.files) {
    const footer = `bytes=${file.footer.index_offset}-${file.bytes - 1}`;
    const ofFile = data.filter(({ url }) => url.pathname.endsWith(file.key));
    if (ofFile.length > 0) assert.ok(ofFile.some(({ range }) => range === footer), `${footer} of ${file.key}`);
  }
  const ranges = data.map(({ url, range }) => `${url.pathname} ${range}`);
  assert.equal(new Set(ranges).size, ranges.length, "no range is fetched twice");
});

journey("one week of two columns fetches these columns of the row groups that hold the week", async (visit) => {
  const { manifest, paths } = published.tables.flights;
  const { stats } = await visit.query(oneWeek);
  const [[groups, matching, wanted]] = (
    await duckdb.query(
      `WITH chunks AS (
         SELECT file_name, row_group_id, path_in_schema AS name, total_compressed_size AS bytes,
                stats_min_value AS low, stats_max_value AS high
         FROM parquet_metadata([${paths.map(string)}])),
       matching AS (
         SELECT file_name, row_group_id FROM chunks WHERE name = 'time'
         AND low::TIMESTAMP < TIMESTAMP '2001-03-12' AND high::TIMESTAMP >= TIMESTAMP '2001-03-05')
       SELECT (SELECT count(*) FROM chunks WHERE name = 'time'), (SELECT count(*) FROM matching),
              (SELECT sum(bytes) FROM chunks JOIN matching USING (file_name, row_group_id)
               WHERE name IN ('time', 'delay'))`,
    )
  ).rows;
  assert.ok(matching < groups, "the table is clustered by time");
  assert.equal(stats.row_groups_total, groups);
  assert.equal(stats.row_groups_pruned, groups - matching);
  const footers = manifest.files.reduce((sum, file) => sum + file.bytes - file.footer.index_offset, 0);
  const allowed = wanted * 1.1 + footers;
  assert.ok(stats.bytes_fetched <= allowed, `${stats.bytes_fetched} bytes fetched, ${allowed} allowed`);
  assert.ok(stats.bytes_fetched < manifest.bytes / 4, `${stats.bytes_fetched} of ${manifest.bytes} bytes`);
});

journey("the figures of a query are what the browser saw", async (visit) => {
  const seenBefore = (await objectRequests(visit)).length;
  const { stats } = await visit.query("SELECT origin, avg(delay) AS mean FROM flights WHERE delay > 100 GROUP BY 1");
  const seen = (await objectRequests(visit)).slice(seenBefore).filter(isData);
  assert.equal(stats.requests, seen.length);
  assert.equal(
    stats.bytes_fetched,
    seen.reduce((sum, { bytes }) => sum + bytes, 0),
  );
});

journey("a filter that no file can match reads no data", async (visit) => {
  const { rows, stats } = await visit.query("SELECT count(*) AS n, sum(delay) AS s FROM flights WHERE delay > 30000");
  assert.deepEqual(rows, [[0, null]]);
  assert.equal(stats.row_groups_pruned, stats.row_groups_total);
  assert.deepEqual((await objectRequests(visit)).filter(isData), []);
});

journey("counting rows reads no data", async (visit) => {
  const { rows, stats } = await visit.query("SELECT count(*) AS n FROM flights");
  assert.deepEqual(rows, [[3_000_000]]);
  assert.equal(stats.bytes_fetched, 0);
});

journey("no request leaves to another origin than the site and the store", { path: "?t=flights" }, async (visit) => {
  await visit.query(oneWeek);
  const origins = new Set(visit.requests.map((request) => new URL(request.url()).origin));
  assert.deepEqual([...origins].sort(), [visit.server.objects, visit.server.url].sort());
  const methods = new Set(visit.requests.map((request) => request.method()));
  assert.deepEqual([...methods].sort(), ["GET", "POST"], "neither HEAD nor a preflight");
  const posts = visit.requests.filter((request) => request.method() === "POST");
  assert.deepEqual([...new Set(posts.map((request) => new URL(request.url()).pathname))], ["/sign"]);
});

journey("a 403 of the store is signed anew once, unseen", async (visit) => {
  let refused = 0;
  await visit.context.route(`${visit.server.objects}/**/*.parquet*`, (route) => {
    if (refused > 0) return route.continue();
    refused += 1;
    return route.fulfill({ status: 403, headers: { "Access-Control-Allow-Origin": "*" }, body: "expired" });
  });
  const { rows } = await visit.query("SELECT count(*) AS n FROM flights WHERE delay = 42");
  assert.equal(refused, 1);
  assert.ok(rows[0][0] > 0);
});

journey("a store that goes on refusing is Denied, without the signed URL in the words", async (visit) => {
  await visit.context.route(`${visit.server.objects}/**/*.parquet*`, (route) =>
    route.fulfill({ status: 403, headers: { "Access-Control-Allow-Origin": "*" }, body: "no" }),
  );
  const failure = await visit.failure("SELECT count(*) AS n FROM flights WHERE delay = 43");
  assert.equal(failure.kind, "Denied");
  assert.doesNotMatch(JSON.stringify(failure), /X-Amz|Signature/);
});

journey("URLs that expire between two queries are signed anew, unseen", async (_, t) => {
  const server = await serve(["--ttl", "2s"]);
  t.after(() => server.stop());
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  const signatures = () => visit.requests.filter((request) => request.url().endsWith("/sign")).length;
  await visit.query("SELECT sum(delay) AS s FROM flights WHERE time < TIMESTAMP '2001-01-15'");
  const signed = signatures();
  await sleep(3000);
  const { rows } = await visit.query("SELECT sum(distance) AS s FROM flights WHERE time > TIMESTAMP '2001-06-15'");
  assert.ok(rows[0][0] > 0);
  assert.ok(signatures() > signed, "asked for new URLs");
  const statuses = (await objectRequests(visit)).map(({ status }) => status);
  assert.ok(statuses.every((status) => status === 200 || status === 206), `${statuses}`);
});
