// What the bench says of its samples: that answers are the same, that a goal is reached. It needs no browser.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { assertSameAnswer } from "./bench/answers.js";
import { geometricMean, markdown, median } from "./bench/figures.js";
import { slicesOf } from "./bench/slices.js";
import { SCAN_HEAVY } from "./bench/taxi-slices.js";

/** The cells of the only figure. */
function cells(figure) {
  return markdown([figure]).split("\n")[2].split("|").map((cell) => cell.trim()).slice(1, -1);
}

test("answers are the same in another order, and however times and decimals are written", () => {
  const left = [["a", "1.50", "1995-03-05"], ["b", 2, "2025-01-01T00:00:00Z"]];
  const right = [["b", 2.0000000001, Date.UTC(2025, 0, 1)], ["a", 1.5, Date.UTC(1995, 2, 5)]];
  assertSameAnswer(left, right, "a statement");
});

test("another value, another number of rows or of columns is another answer", () => {
  assert.throws(() => assertSameAnswer([["a", 1]], [["a", 2]], "a statement"), /a statement: the engines disagree/);
  assert.throws(() => assertSameAnswer([["a"]], [["a"], ["a"]], "a statement"), /1 and 2 rows/);
  assert.throws(() => assertSameAnswer([["a", 1]], [["a"]], "a statement"), /disagree/);
  assert.throws(() => assertSameAnswer([["a", null]], [["a", 0]], "a statement"), /disagree/);
});

test("only what is said to be approximate may differ by more than rounding", () => {
  assert.throws(() => assertSameAnswer([[100]], [[101]], "a percentile"), /disagree/);
  assertSameAnswer([[100]], [[101]], "a percentile", { relative: 0.02 });
  assertSameAnswer([[0.049985]], [["0.0499853"]], "a mean of decimals", { absolute: 1e-6 });
});

test("a mean of ratios is not known while one of them is not", () => {
  assert.equal(geometricMean([0.5, 2]), 1);
  assert.equal(geometricMean([0.5, undefined]), undefined);
  assert.equal(geometricMean([]), undefined);
  assert.equal(median([3, 1, 2]), 2);
});

test("a goal is reached, missed or not measured", () => {
  const ratio = { measure: "m", unit: "ms", other: [10], otherName: "o", goal: { ratio: 0.5 } };
  assert.deepEqual(cells({ ...ratio, goldpan: [5] }), ["m", "5.0 ms", "10.0 ms", "o", "0.50", "<= 0.5, reached"]);
  assert.equal(cells({ ...ratio, goldpan: [6] })[5], "<= 0.5, missed");
  assert.deepEqual(cells(ratio).slice(1), ["not measured", "10.0 ms", "o", "", "<= 0.5, not measured"]);
  assert.equal(cells({ measure: "m", unit: "bytes", goldpan: [4_400_000], goal: { atMost: 4_500_000 } })[5], "<= 4.50 MB, reached");
  assert.equal(cells({ measure: "m", unit: "times", goldpan: [1.6], goal: { atLeast: 1.7 } })[5], ">= 1.70 x, missed");
  assert.deepEqual(cells({ measure: "m", ratio: undefined, goal: { ratio: 1 } }).slice(4), ["not measured", "<= 1, not measured"]);
});

test("every variant of a slice is another statement", () => {
  for (const { name, sql } of slicesOf("taxi_5m")) {
    const text = (variant) => JSON.stringify(sql(variant));
    assert.notEqual(text(1), text(2), name);
  }
});

test("scan-heavy slices are slices", () => {
  const names = slicesOf("taxi_5m").map(({ name }) => name);
  assert.deepEqual(SCAN_HEAVY.filter((name) => !names.includes(name)), []);
});

test("queries of TPC-H have all their parameters", () => {
  const folder = new URL("bench/tpch/", import.meta.url);
  const files = readdirSync(folder);
  assert.equal(files.length, 8);
  for (const file of files) assert.doesNotMatch(readFileSync(new URL(file, folder), "utf8"), /:\d|\[\w+\]/, file);
});
