// Whatever is in a file, the page lives: a typed failure or an answer, soon, and the next question is answered.
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

test("files with random damage give a typed failure or an answer", async (t) => {
  assertCalm(await tryAll(t, await visit(), files, (name) => name.startsWith("rs_random"), ["id > 17 AND id < 31"]));
});

test("the page has a worker, its tables and its memory after all of that", async () => {
  const page = await visit();
  assert.equal((await page.leads()).length, 1);
  assert.deepEqual((await page.query("SELECT count(*) AS n FROM birdstrikes")).rows, [[10_000]]);
});
