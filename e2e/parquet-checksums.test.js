// A file with page checksums: whatever bit of a page is flipped, the answer is right or there is none.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before } from "node:test";

import { ask } from "./parquet/check.js";
import { filesOf } from "./parquet/files.js";
import { show } from "./parquet/statements.js";
import { same } from "./parquet/values.js";
import { footerOffset } from "./support/fixtures.js";
import { identifier } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();
const SEEDS = 60;

let files;
before(async () => {
  files = await filesOf("pyarrow");
});
after(() => files?.remove());

/** A copy of the file with one bit of its pages flipped. */
function flipped(seed) {
  const bytes = readFileSync(files.path("py_checksums"));
  const bit = (seed * 2_654_435_761) % ((footerOffset(bytes) - 4) * 8);
  bytes[4 + Math.floor(bit / 8)] ^= 1 << (bit % 8);
  writeFileSync(files.path(`flipped_${seed}`), bytes);
  return files.path(`flipped_${seed}`);
}

test("a bit that flipped in a page is noticed", async (t) => {
  const page = await visit();
  const whole = async (path) => {
    const { table, failure } = await page.attemptOpen([path]);
    return failure ? { failure } : (await ask(page, [`SELECT * FROM ${identifier(table)}`]))[0];
  };
  const right = await whole(files.path("py_checksums"));
  assert.equal(right.rows?.length, 240);
  const kinds = {};
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { rows, failure } = await whole(flipped(seed));
    kinds[failure?.kind ?? "answer"] = (kinds[failure?.kind ?? "answer"] ?? 0) + 1;
    if (failure) assert.match(failure.kind, /^(CorruptFile|WorkerLost)$/, `seed ${seed}: ${failure.message}`);
    else assert.ok(same(rows, right.rows), `seed ${seed} gives wrong values: ${show(rows.find((row, at) => !same(row, right.rows[at])))}`);
  }
  t.diagnostic(JSON.stringify(kinds));
});
