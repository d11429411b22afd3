// The links that tests and bench put between browser and server, and the figures that the bench makes of what it sees.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { assertSameAnswer } from "./bench/answers.js";
import { inSequence, markdown, median } from "./bench/figures.js";
import { faultyLink, generator, line, shapedLink } from "./support/link.js";

/** A server that answers each path with bytes of its own, and says which host it was asked by. */
async function origin(t) {
  const server = createServer((request, response) => {
    const body = bytesOf(request.url);
    response.writeHead(200, { "Content-Length": body.length, "X-Host": request.headers.host }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${server.address().port}`;
}

function bytesOf(path) {
  const random = generator(path.length);
  return Buffer.from(Array.from({ length: 300_000 + path.length }, () => Math.floor(random() * 256)));
}

test("a shaped link changes no byte, whatever goes over it at once", async (t) => {
  const link = await shapedLink(await origin(t), line({ delayMs: 5, bytesPerSecond: 20e6 }));
  t.after(() => link.stop());
  const paths = Array.from({ length: 12 }, (_, index) => `/${"x".repeat(index)}`);
  const bodies = await Promise.all(paths.map(async (path) => (await fetch(link.url + path)).arrayBuffer()));
  for (const [index, body] of bodies.entries()) assert.deepEqual(Buffer.from(body), bytesOf(paths[index]));
  assert.ok(link.received > 12 * 300_000, "what came over the link is counted");
});

test("a link passes the host on that was asked for, as signatures want it", async (t) => {
  const link = await faultyLink({ target: await origin(t) });
  t.after(() => link.stop());
  const response = await fetch(link.url);
  assert.equal(`http://${response.headers.get("x-host")}`, link.url);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytesOf("/"));
});

test("each kind of fault is what its name says", async (t) => {
  const link = await faultyLink({ target: await origin(t) });
  t.after(() => link.stop());
  Object.assign(link, { share: 1, stallMs: 10 });
  const outcome = async (kind) => {
    link.kinds = [kind];
    try {
      const response = await fetch(link.url);
      return { status: response.status, bytes: (await response.arrayBuffer()).byteLength };
    } catch {
      return "broken";
    }
  };
  for (const status of [500, 503, 429]) assert.equal((await outcome(String(status))).status, status);
  assert.equal(await outcome("reset"), "broken");
  assert.equal(await outcome("cut"), "broken");
  assert.deepEqual(await outcome("stall"), { status: 200, bytes: 300_001 });
  assert.deepEqual(
    link.requests.map(({ fault }) => fault),
    ["500", "503", "429", "reset", "cut", "stall"],
  );
});

test("a seed decides which requests are spoilt", async (t) => {
  const target = await origin(t);
  const faults = async (seed) => {
    const link = await faultyLink({ target, seed });
    Object.assign(link, { share: 0.3, kinds: ["500"] });
    for (let request = 0; request < 30; request += 1) await (await fetch(link.url)).arrayBuffer();
    await link.stop();
    return link.requests.map(({ fault }) => fault ?? "").join();
  };
  assert.equal(await faults(1), await faults(1));
  assert.notEqual(await faults(1), await faults(2));
});

test("requests are in sequence where each begins after another has ended", () => {
  const span = (startMs, endMs) => ({ startMs, endMs });
  assert.equal(inSequence([]), 0);
  assert.equal(inSequence([span(0, 10), span(1, 9), span(2, 30)]), 1, "all at once");
  assert.equal(inSequence([span(0, 10), span(10, 20), span(12, 25), span(21, 30)]), 3);
  assert.equal(inSequence([span(21, 30), span(0, 10)]), 2, "in whatever order they are given");
});

test("figures are medians and ratios, and what was not measured has none", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  const table = markdown([
    { measure: "a", unit: "ms", goldpan: [10], other: [40], otherName: "b", goal: { ratio: 0.2 } },
    { measure: "c", unit: "bytes", goldpan: [1_500_000], other: [], otherName: "b", goal: { ratio: 0.2 } },
    { measure: "d", unit: "count", goldpan: [2], other: [8], otherName: "b", goal: { atMost: 2 } },
  ]);
  assert.match(table, /\| a \| 10\.0 ms \| 40\.0 ms \| b \| 0\.25 \| <= 0\.2, missed \|/);
  assert.match(table, /\| c \| 1\.50 MB \| not measured \| b \|  \| <= 0\.2, not measured \|/);
  assert.match(table, /\| d \| 2 \| 8 \| b \| 0\.25 \| <= 2, reached \|/);
});

test("answers that differ stop the bench", () => {
  const ours = [["2025-03-03T00:00:00", 2, 0.1 + 0.2], ["x", null, 1]];
  assertSameAnswer(ours, [["x", null, 1], [Date.UTC(2025, 2, 3), 2, 0.3]], "the same");
  assert.throws(() => assertSameAnswer(ours, [["x", null, 1], [Date.UTC(2025, 2, 3), 3, 0.3]], "a count"), /a count: .*disagree/);
  assert.throws(() => assertSameAnswer(ours, [["x", null, 1]], "rows"), /2 and 1 rows/);
});
