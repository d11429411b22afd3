// What goes wrong shows as the right panel, and the page stays usable.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { damages, fixtures, trips } from "./support/fixtures.js";
import { hostileServer } from "./support/hostile-server.js";
import { identifier } from "./support/oracle.js";
import { openField, panel, settled } from "./support/page.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

let files;
let hostile;
before(async () => {
  files = await fixtures();
  const good = await files.write("good.parquet", trips(), "COMPRESSION zstd, ROW_GROUP_SIZE 5000");
  const served = { "good.parquet": good };
  for (const [name, change] of Object.entries(damages)) {
    served[`${name}.parquet`] = files.damage(good, `${name}.parquet`, change);
  }
  hostile = await hostileServer(served);
});
after(async () => {
  await hostile?.stop();
  files?.remove();
});

/** Opens an address as a person does. */
async function openAddress(visit, url) {
  await visit.page.getByRole("button", { name: "Open URL" }).click();
  await visit.find("open-url").fill(url);
  await visit.find("open-url").press("Enter");
}

/** Picks local files as a person does. */
async function pick(visit, paths) {
  await visit.find("open-file").first().setInputFiles(paths);
}

/** After whatever happened, a person can go on with the lake. */
async function assertUsable(visit) {
  await visit.page.getByRole("button", { name: "Dismiss" }).click();
  await visit.find("error-panel").waitFor({ state: "detached" });
  await visit.find("table-flights").click();
  await visit.find("row-count").filter({ hasText: "3,000,000" }).waitFor();
  await visit.find("result-grid").waitFor();
  assert.deepEqual((await visit.query("SELECT count(*) AS n FROM flights")).rows, [[3_000_000]]);
}

const addresses = [
  { what: "an address that is refused (403)", behaviour: "denied", kind: "Denied", words: /good\.parquet/ },
  { what: "an address with nothing behind it (404)", behaviour: "missing", kind: "NotFound", words: /good\.parquet/ },
  { what: "a server without range requests", behaviour: "norange", kind: "RangeUnsupported", words: /range|part/i },
  { what: "a server without CORS", behaviour: "nocors", kind: "Cors", words: /AllowedOrigins/ },
  { what: "a server that exposes no Content-Range", behaviour: "unexposed", kind: "Cors", words: /ExposeHeaders/ },
  { what: "a server that hangs up", behaviour: "hangup", kind: "Offline", words: /reach|connect/i },
  { what: "a connection that breaks in the middle", behaviour: "cut", kind: "Offline", words: /good\.parquet|connect/i },
  { what: "a server that fails (500)", behaviour: "broken", kind: "Offline", words: /500/ },
  { what: "a file that changes under the reader", behaviour: "changing", kind: "StaleSnapshot", words: /changed/ },
];

for (const { what, behaviour, kind, words } of addresses) {
  journey(`${what} shows as ${kind}, and the page goes on`, async (visit) => {
    await openAddress(visit, hostile.url(behaviour, "good.parquet"));
    assert.match(await panel(visit, kind), words);
    await assertUsable(visit);
  });
}

journey("a server that nobody runs shows as Offline, and the page goes on", async (visit) => {
  const closed = await hostileServer({});
  const url = closed.url("good", "good.parquet");
  await closed.stop();
  await openAddress(visit, url);
  await panel(visit, "Offline");
  await assertUsable(visit);
});

journey("an address with a secret in it appears in no message", async (visit) => {
  await openAddress(visit, `${hostile.url("denied", "good.parquet")}?X-Amz-Signature=s3cret`);
  assert.doesNotMatch(await panel(visit, "Denied"), /s3cret|X-Amz/);
  assert.doesNotMatch(await visit.page.content(), /s3cret/);
  assert.doesNotMatch(visit.printed.join("\n"), /s3cret/);
});

const broken = [
  { what: "a truncated file", file: "truncated.parquet", words: /PAR1|truncated/ },
  { what: "a file with a damaged footer", file: "footer.parquet", words: /damaged|cannot be read/ },
  { what: "a file whose footer claims two gigabytes", file: "footerLength.parquet", words: /footer/ },
  { what: "a file that is no Parquet file", file: "noParquet.parquet", words: /not Parquet|PAR1/ },
  { what: "an empty file", file: "empty.parquet", words: /0 bytes|empty/ },
];

for (const { what, file, words } of broken) {
  journey(`${what} from the disk shows as CorruptFile, and the page goes on`, async (visit) => {
    await pick(visit, [files.path(file)]);
    const text = await panel(visit, "CorruptFile");
    assert.match(text, words);
    assert.ok(text.includes(file), `names the file: ${text}`);
    await assertUsable(visit);
  });

  journey(`${what} from an address is a CorruptFile`, async (visit) => {
    const { failure } = await visit.attemptOpen(hostile.url("good", file));
    assert.equal(failure?.kind, "CorruptFile", JSON.stringify(failure));
  });
}

journey("a file with damaged pages opens, and its query shows as CorruptFile", async (visit) => {
  await pick(visit, [files.path("pages.parquet")]);
  await visit.find("row-count").filter({ hasText: "20,000" }).waitFor();
  await panel(visit, "CorruptFile");
  const failure = await visit.failure("SELECT sum(fare) AS s FROM pages");
  assert.equal(failure.kind, "CorruptFile");
  assert.deepEqual((await visit.query("SELECT count(*) AS n FROM flights WHERE delay > 60")).rows.length, 1);
});

journey("a local file is opened and sliced without a network", async (visit) => {
  await visit.context.setOffline(true);
  await pick(visit, [files.path("good.parquet")]);
  await visit.find("row-count").filter({ hasText: "20,000" }).waitFor();
  const city = visit.find("field-city");
  if ((await city.getAttribute("aria-expanded")) !== "true") await city.click();
  await visit.page.locator('[data-testid^="facet-city-"]').first().click();
  await visit.find("filter-chip").waitFor();
  await visit.find("result-grid").waitFor();
  const { rows } = await visit.query("SELECT count(*) AS n, count(fare) AS f FROM good WHERE shared");
  const expected = await files.oracle.query(`SELECT count(*) AS n, count(fare) AS f FROM (${trips()}) AS t WHERE shared`);
  assert.deepEqual(rows, expected.rows);
  const lake = await visit.failure("SELECT sum(distance) AS s FROM flights WHERE delay = 7");
  assert.equal(lake.kind, "Offline", lake.message);
  await visit.context.setOffline(false);
  assert.equal((await visit.query("SELECT sum(distance) AS s FROM flights WHERE delay = 7")).rows.length, 1);
});

/** Lets the worker end by an uncaught error, as a trap in WebAssembly would. */
async function killWorker(visit) {
  const died = visit.page.waitForEvent("worker");
  await (await visit.lead()).evaluate(() => {
    setTimeout(() => {
      throw new Error("killed by the test");
    });
  });
  await died;
}

const endless = "SELECT count(*) AS n FROM flights a CROSS JOIN flights b WHERE a.delay + b.delay = 17000";

journey("a worker that dies comes back with the lake and the local files", async (visit) => {
  const table = identifier(await visit.open([files.path("good.parquet")]));
  await killWorker(visit);
  assert.deepEqual((await visit.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
  assert.deepEqual((await visit.query(`SELECT count(*) AS n FROM ${table}`)).rows, [[20_000]]);
});

journey("a query that waits for an answer when its worker dies is answered by the next one", async (visit) => {
  const local = identifier(await visit.open([files.path("good.parquet")]));
  let held;
  const isHeld = new Promise((resolve) => {
    visit.context.route(`${visit.server.objects}/**/*.parquet*`, (route) => {
      if (held) return route.continue();
      held = route;
      return resolve();
    });
  });
  const ofTheLake = visit.query("SELECT count(*) AS n FROM flights WHERE delay > 500");
  await isHeld;
  await killWorker(visit);
  const ofAFile = visit.query(`SELECT count(*) AS n FROM ${local}`);
  assert.ok((await ofTheLake).rows[0][0] > 0);
  assert.deepEqual((await ofAFile).rows, [[20_000]]);
});

journey("a query that loses two workers fails as WorkerLost, and the page goes on", async (visit) => {
  const pending = visit.failure(endless);
  for (let round = 0; round < 2; round += 1) {
    await visit.query(`SELECT ${round} AS the_long_query_has_begun`);
    await killWorker(visit);
  }
  assert.equal((await pending).kind, "WorkerLost");
  assert.deepEqual((await visit.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
});

journey("a worker that dies three times is replaced three times", async (visit) => {
  for (let round = 0; round < 3; round += 1) {
    await killWorker(visit);
    assert.deepEqual((await visit.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
  }
  assert.equal((await visit.leads()).length, 1, "dead workers are gone");
});

journey("a person sees that the engine stopped, and one click runs the statement again", async (visit) => {
  await visit.go(`?sql=${encodeURIComponent(endless)}`);
  for (let round = 0; round < 2; round += 1) {
    await visit.query(`SELECT ${round} AS the_long_query_has_begun`);
    await killWorker(visit);
  }
  await panel(visit, "WorkerLost");
  await visit.page.getByRole("button", { name: "Try again" }).click();
  await visit.find("error-panel").waitFor({ state: "detached" });
  await visit.page.keyboard.press("Escape");
  await panel(visit, "Cancelled");
});

journey("what failed without a network is asked again when the network is back", { path: "?t=flights" }, async (visit) => {
  await settled(visit);
  await visit.context.setOffline(true);
  await visit.find("offline-badge").waitFor();
  await openField(visit, "origin");
  await visit.find("facet-origin-ATL").click();
  await panel(visit, "Offline");
  await openField(visit, "destination");
  const facet = visit.page.locator(".field-body").filter({ has: visit.find("error-panel") });
  await facet.first().waitFor();
  await visit.context.setOffline(false);
  await visit.find("error-panel").first().waitFor({ state: "detached" });
  await settled(visit);
  await visit.find("facet-destination-LGA").waitFor();
  assert.equal(await visit.find("offline-badge").count(), 0);
  assert.equal(await visit.find("error-panel").count(), 0);
});

journey("a page that was opened without its lake opens it when the network is back", async (visit) => {
  const store = `${visit.server.objects}/**`;
  await visit.context.route(store, (route) => route.abort("internetdisconnected"));
  await visit.page.goto(new URL("?t=birdstrikes", `${visit.server.url}/`).href);
  await panel(visit, "Offline");
  await visit.context.unroute(store);
  await visit.context.setOffline(true);
  await visit.context.setOffline(false);
  await visit.find("row-count").filter({ hasText: "10,000" }).waitFor();
  await settled(visit);
});

journey("a snapshot that is gone makes the page read the catalog anew", async (visit) => {
  const catalogs = () => visit.requests.filter((request) => new URL(request.url()).pathname.endsWith("/catalog.json")).length;
  const before = catalogs();
  const data = `${visit.server.objects}/**/*.parquet*`;
  await visit.context.route(data, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), etag: '"of another version"' } });
  });
  await visit.go(`?t=birdstrikes&sql=${encodeURIComponent("SELECT sum(cost_total) AS s FROM birdstrikes")}`);
  const text = await panel(visit, "StaleSnapshot");
  assert.match(text, /changed/);
  await visit.find("row-count").waitFor();
  // The visit's own opening, the engine's second try, and the page's.
  assert.ok(catalogs() - before >= 3, `${catalogs() - before} readings of the catalog`);
  await visit.context.unroute(data);
  await visit.page.getByRole("button", { name: "Reload data" }).click();
  await settled(visit);
});
