import assert from "node:assert/strict";
import { test } from "node:test";
import { changeBetween } from "./editor-change.js";

function applied(before, after) {
  const change = changeBetween(before, after);
  return change ? before.slice(0, change.from) + change.insert + before.slice(change.to) : before;
}

test("the change turns the one text into the other", () => {
  for (const [before, after] of [
    ["SELECT 1", "SELECT 10"],
    ["aa", "aaa"],
    ["aaa", "aa"],
    ["", "x"],
    ["abc", ""],
    ["abcabc", "abc"],
  ]) {
    assert.equal(applied(before, after), after, `${before} -> ${after}`);
  }
});

test("what is the same stays untouched", () => {
  assert.deepEqual(changeBetween("WHERE a = 1 LIMIT 5", "WHERE a = 22 LIMIT 5"), { from: 10, to: 11, insert: "22" });
  assert.equal(changeBetween("same", "same"), null);
});
