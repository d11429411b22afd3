import assert from "node:assert/strict";
import { test } from "node:test";
import { columnCompletions } from "./editor-columns.js";

const schema = { flights: ["origin", "Cost Total $"], airports: ["origin", "city"] };
const labels = (text) => columnCompletions(schema, text).map(({ label }) => label);

test("columns come from the tables that the statement names", () => {
  assert.deepEqual(labels("SELECT  FROM airports"), ["origin", "city"]);
  assert.deepEqual(labels("SELECT"), ["origin", "Cost Total $", "city"], "of all, while none is named");
});

test("odd names are quoted, shared names come once", () => {
  const [origin, cost] = columnCompletions(schema, "");
  assert.equal(origin.detail, "flights, airports");
  assert.equal(cost.apply, '"Cost Total $"');
});
