// The served site has the headers of a deployment, keeps them under a whole journey, and signs nothing that it should not.
import assert from "node:assert/strict";

import { gold } from "./support/gold.js";
import { suite } from "./support/suite.js";

const { shared, journey, test } = suite();

function policyOf(response) {
  const directives = response.headers.get("content-security-policy").split(";");
  return Object.fromEntries(directives.map((directive) => directive.trim().split(/ (.*)/s)));
}

test("the site has a strict content security policy and the usual headers", async () => {
  for (const path of ["/", "/goldpan.json", "/worker.js", "/engine/engine.js", "/nowhere"]) {
    const response = await fetch(new URL(path, shared.server.url));
    const policy = policyOf(response);
    assert.equal(policy["default-src"], "'self'", path);
    assert.deepEqual(policy["script-src"].split(" ").sort(), ["'self'", "'wasm-unsafe-eval'"], path);
    assert.equal(policy["object-src"], "'none'", path);
    assert.equal(policy["frame-ancestors"], "'none'", path);
    assert.ok(policy["connect-src"].split(" ").includes(shared.server.objects), path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(response.headers.get("referrer-policy"), "no-referrer", path);
  }
});

test("files of the site have their types, and wasm can be compiled while it streams", async () => {
  for (const [path, type] of [
    ["/", /^text\/html/],
    ["/worker.js", /^text\/javascript/],
    ["/engine/engine.js", /^text\/javascript/],
    ["/engine/engine_bg.wasm", /^application\/wasm$/],
    ["/goldpan.json", /^application\/json/],
  ]) {
    const response = await fetch(new URL(path, shared.server.url));
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get("content-type"), type, path);
    await response.body.cancel();
  }
});

test("the page has no inline script and nothing of another origin", async () => {
  const html = await (await fetch(shared.server.url)).text();
  for (const [tag] of html.matchAll(/<script\b[^>]*>[^<]*/g)) assert.match(tag, /^<script\b[^>]*\bsrc=[^>]*>\s*$/);
  assert.doesNotMatch(html, /\bon\w+="/, "no inline handlers");
  assert.doesNotMatch(html, /(src|href)="(https?:)?\/\//);
});

journey("a whole journey leaves no error, warning or violation behind", async (visit) => {
  await visit.find("table-flights").click();
  await visit.find("row-count").waitFor();
  await visit.find("chart").first().waitFor();
  await visit.find("result-grid").waitFor();
  const origin = visit.find("field-origin");
  if ((await origin.getAttribute("aria-expanded")) !== "true") await origin.click();
  await visit.find("facet-origin-ATL").click();
  await visit.find("filter-chip").waitFor();
  await visit.find("add-group").selectOption("destination");
  await visit.find("chart").locator("canvas, svg").first().waitFor();
  await visit.find("toggle-sql").click();
  await visit.find("sql-editor").waitFor();
  await visit.find("theme").click();
  await visit.query("SELECT count(*) AS n FROM birdstrikes");
  await visit.page.goBack();
  await visit.page.reload();
  await visit.find("row-count").waitFor();
  assert.deepEqual(visit.problems, []);
});

async function sign(body, headers = {}) {
  return fetch(new URL("/sign", shared.server.url), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function signedUrl(key) {
  const { urls } = await (await sign({ keys: [key] })).json();
  return urls[key];
}

test("a signed URL works for exactly one object and one method", async () => {
  const { tables } = await gold();
  const { key } = tables.birdstrikes.manifest.files[0];
  const url = await signedUrl(key);
  const answer = await fetch(url, { headers: { Range: "bytes=0-3" } });
  assert.equal(answer.status, 206);
  assert.equal(await answer.text(), "PAR1");
  assert.equal((await fetch(url, { method: "HEAD" })).status, 403);
  for (const method of ["PUT", "DELETE", "POST"]) {
    const response = await fetch(url, { method, body: method === "DELETE" ? undefined : "x" });
    assert.ok([403, 405].includes(response.status), `${method}: ${response.status}`);
  }
  const other = new URL(url);
  other.pathname = other.pathname.replace(key, tables.flights.manifest.files[0].key);
  assert.equal((await fetch(other)).status, 403);
});

test("the store answers nobody without a valid signature", async () => {
  const url = new URL(await signedUrl("catalog.json"));
  const unsigned = new URL(url);
  unsigned.search = "";
  assert.equal((await fetch(unsigned)).status, 403);
  const forged = new URL(url);
  forged.searchParams.set("X-Amz-Signature", "0".repeat(64));
  assert.equal((await fetch(forged)).status, 403);
  const longer = new URL(url);
  longer.searchParams.set("X-Amz-Expires", "604800");
  assert.equal((await fetch(longer)).status, 403);
  const listing = await fetch(new URL(`${url.pathname.split("/")[1]}?list-type=2`, shared.server.objects));
  assert.equal(listing.status, 403);
});

test("only objects below the gold root are signed", async () => {
  for (const key of ["../ingest.toml", "/etc/passwd", "tables/../../ingest.toml", "", "a\u0000b", "..\\x"]) {
    assert.equal((await sign({ keys: [key] })).status, 400, JSON.stringify(key));
  }
});

test("pages of other sites get no signatures", async () => {
  const foreign = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
  assert.equal((await sign({ keys: ["catalog.json"] }, foreign)).status, 403);
  const simple = await fetch(new URL("/sign", shared.server.url), {
    method: "POST",
    headers: { "Content-Type": "text/plain" },
    body: '{"keys":["catalog.json"]}',
  });
  assert.ok(simple.status >= 400, `${simple.status}`);
});

test("no path leads out of the site's folder", async () => {
  const net = await import("node:net");
  const { hostname, port } = new URL(shared.server.url);
  for (const path of ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%2fCargo.toml", "//etc/passwd", "/.%00/x"]) {
    const status = await new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname, () => {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`);
      });
      let answer = "";
      socket.on("data", (chunk) => (answer += chunk));
      socket.on("end", () => resolve(Number(answer.split(" ")[1])));
      socket.on("error", reject);
    });
    assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
  }
});
