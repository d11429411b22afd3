// The three ways to a lake: a signing endpoint, a bundle of signed URLs, a plain address.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { openPage } from "./support/browser.js";
import { goldFolder, ingest, project, site } from "./support/paths.js";
import { settled } from "./support/page.js";
import { serve } from "./support/server.js";
import { staticServer } from "./support/static-server.js";
import { suite } from "./support/suite.js";

const { shared, test } = suite();

const credentials = { AWS_ACCESS_KEY_ID: "goldpan-e2e", AWS_SECRET_ACCESS_KEY: "chosen for this test" };

/** A person looks at the flights of this site. */
async function assertSlices(t, server) {
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  await visit.find("table-flights").click();
  await visit.find("row-count").filter({ hasText: "3,000,000" }).waitFor();
  await settled(visit);
  const { rows } = await visit.query("SELECT origin, count(*) AS n FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 1");
  assert.deepEqual(rows, [["ORD", 166_341]]);
  return visit;
}

test("a bundle of signed URLs beside the site needs no signing endpoint", async (t) => {
  const store = await serve([], { environment: credentials });
  t.after(() => store.stop());
  const signing = await promisify(execFile)(
    ingest,
    ["presign", "--project", project, "--endpoint", store.objects, "--ttl", "1h"],
    { env: { ...process.env, ...credentials } },
  );
  const bundle = JSON.parse(signing.stdout);
  const lake = { kind: "signed_bundle", url: "lake.json" };
  const hosting = await staticServer({ lake, documents: { "/lake.json": bundle } });
  t.after(() => hosting.stop());
  const visit = await assertSlices(t, hosting);
  const asked = visit.requests.filter((request) => new URL(request.url()).origin === store.objects);
  assert.ok(asked.length > 3);
  assert.ok(asked.every((request) => new URL(request.url()).searchParams.has("X-Amz-Signature")));
  assert.ok(visit.requests.every((request) => request.method() === "GET"), "nothing was asked to sign");
});

test("a bundle whose URLs have expired is Denied, in words", async (t) => {
  const store = await serve([], { environment: credentials });
  t.after(() => store.stop());
  const signing = await promisify(execFile)(
    ingest,
    ["presign", "--project", project, "--endpoint", store.objects, "--ttl", "1s"],
    { env: { ...process.env, ...credentials } },
  );
  await sleep(2500);
  const lake = { kind: "signed_bundle", url: "lake.json" };
  const hosting = await staticServer({ lake, documents: { "/lake.json": JSON.parse(signing.stdout) } });
  t.after(() => hosting.stop());
  const visit = await openPage(shared.browser, hosting, { lakeMayFail: true });
  t.after(() => visit.close());
  const shown = visit.page.locator('[data-testid="error-panel"][data-kind="Denied"]');
  await shown.waitFor();
  assert.match(await shown.innerText(), /expired/i);
  assert.doesNotMatch(await visit.page.content(), /X-Amz-Signature/);
});

test("a plain address serves a public lake", async (t) => {
  const hosting = await staticServer({ lake: { kind: "base_url", url: "gold/" }, folders: { "/gold/": `${goldFolder}/` } });
  t.after(() => hosting.stop());
  await assertSlices(t, hosting);
});

test("a URL that the store finds expired is signed anew, unseen", async (t) => {
  // By the clock of this site's engine nothing ever expires.
  const folder = mkdtempSync(join(tmpdir(), "goldpan-e2e-site-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(site, folder, { recursive: true });
  const worker = readFileSync(join(site, "worker.js"), "utf8");
  writeFileSync(join(folder, "worker.js"), `const now = Date.now; Date.now = () => now() - 3_600_000;\n${worker}`);
  const server = await serve(["--ttl", "2s"], { folder });
  t.after(() => server.stop());
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  await visit.query("SELECT sum(delay) AS s FROM flights WHERE time < TIMESTAMP '2001-01-15'");
  await sleep(3000);
  const seen = visit.requests.length;
  const { rows } = await visit.query("SELECT sum(distance) AS s FROM flights WHERE time > TIMESTAMP '2001-06-15'");
  assert.ok(rows[0][0] > 0);
  const since = await Promise.all(visit.requests.slice(seen).map(async (request) => (await request.response())?.status()));
  assert.ok(since.includes(403), `the store refused once: ${since}`);
  assert.deepEqual(
    visit.problems.filter((problem) => !problem.includes("403")),
    [],
  );
});

test("the addresses of a table's files are known before they are needed", async (t) => {
  const visit = await openPage(shared.browser, shared.server);
  t.after(() => visit.close());
  const signing = () => visit.requests.filter((request) => request.method() === "POST").length;
  const before = signing();
  await visit.query("EXPLAIN SELECT * FROM birdstrikes");
  while (signing() === before) await sleep(50);
  await visit.page.waitForLoadState("networkidle");
  const seen = signing();
  const { rows } = await visit.query("SELECT count(*) AS n FROM birdstrikes WHERE cost_total > 0");
  assert.ok(rows[0][0] > 0);
  assert.equal(signing(), seen, "the query itself waits for no signature");
});

test("a site without a lake opens local files", async (t) => {
  const hosting = await staticServer({ lake: null });
  t.after(() => hosting.stop());
  const visit = await openPage(shared.browser, hosting);
  t.after(() => visit.close());
  const { key } = JSON.parse(readFileSync(`${goldFolder}/catalog.json`, "utf8")).tables.map(
    ({ manifest }) => JSON.parse(readFileSync(`${goldFolder}/${manifest}`, "utf8")).files[0],
  )[1];
  await visit.find("open-file").first().setInputFiles(`${goldFolder}/${key}`);
  await visit.find("row-count").filter({ hasText: "10,000" }).waitFor();
  await settled(visit);
});
