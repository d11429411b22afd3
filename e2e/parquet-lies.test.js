// Files whose numbers are lies: refused as corrupt, or answered without harm, and the page lives.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { assertCalm, damagedFiles, tryAll } from "./parquet/damaged.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();

let files;
before(() => {
  files = damagedFiles();
});
after(() => files?.remove());

/** Counts in the headers of pages are believed: nothing else in a file without checksums contradicts a wrong one. */
const isBelieved = (name) => name.includes("counts_of_pages");

test("files whose numbers are lies are refused, or do no harm", async (t) => {
  const isTried = (name) => !name.startsWith("rs_random") && !isBelieved(name);
  const trials = await tryAll(t, await visit(), files, isTried, ["x IS NOT NULL", "x > 2"]);
  assertCalm(trials);
  const believed = trials.filter(([name, { outcomes }]) => name.startsWith("rs_refused") && outcomes.at(1)?.rows !== undefined);
  assert.deepEqual(believed.map(([name]) => name), [], "believed");
});

test("the page has a worker, its tables and its memory after all of that", async () => {
  const page = await visit();
  assert.equal((await page.leads()).length, 1);
  assert.deepEqual((await page.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
});
