// Whatever the engine computes can be given up: the worker itself ends it, and is not replaced for that.
import assert from "node:assert/strict";

import { suite } from "./support/suite.js";

const { journey } = suite();

const heavy = {
  "a cross join": "SELECT sum(a.delay * b.distance) AS s FROM flights a CROSS JOIN flights b",
  "a big sort": `SELECT a.time, a.delay, a.origin, row_number() OVER (ORDER BY a.distance, a.delay, a.origin, v.k) AS r
    FROM flights a CROSS JOIN (VALUES (1), (2), (3), (4)) AS v(k) ORDER BY a.delay, a.origin, r`,
  "a big hash build": `SELECT count(*) AS n FROM (SELECT a.delay, a.time, a.origin, v.k FROM flights a
      CROSS JOIN (VALUES (1), (2), (3)) AS v(k)) AS l
    JOIN (SELECT b.delay, b.time, b.origin, v.k FROM flights b CROSS JOIN (VALUES (1), (2), (3)) AS v(k)) AS r
    ON l.time = r.time AND l.origin = r.origin AND l.delay = r.delay AND l.k <> r.k`,
};

for (const [name, sql] of Object.entries(heavy)) {
  journey(`${name} is given up by the worker that computes it`, async (visit) => {
    await visit.query("SELECT max(time), max(delay), max(origin), max(distance) FROM flights");
    const worker = await visit.lead();
    await worker.evaluate(() => (self.mark = "the same"));
    const kinds = [];
    // Given up at other moments of the work.
    for (const wait_ms of [300, 900, 2500]) {
      const kind = await visit.page.evaluate(
        async ({ sql, wait_ms }) => {
          const controller = new AbortController();
          const outcome = window.goldpan.query(sql, { signal: controller.signal }).then(
            () => "answered",
            ({ kind }) => kind,
          );
          setTimeout(() => controller.abort(), wait_ms);
          return outcome;
        },
        { sql, wait_ms },
      );
      kinds.push(kind);
      const { rows } = await visit.query("SELECT max(cost_total) FROM birdstrikes");
      assert.deepEqual(rows, [[7_043_545]], "the next query is answered");
    }
    assert.equal(kinds[0], "Cancelled");
    assert.ok(kinds.every((kind) => ["Cancelled", "OutOfMemory"].includes(kind)), `${kinds}`);
    assert.equal(await (await visit.lead()).evaluate(() => self.mark), "the same");
  });
}
