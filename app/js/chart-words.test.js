import assert from "node:assert/strict";
import { test } from "node:test";
import { description, tooltip } from "./chart-words.js";

const point = (seriesName, value) => ({ marker: "", seriesName, value, axisValue: "x" });

test("names from files cannot put markup into a tooltip", () => {
  const html = tooltip([point("<img src=x onerror=alert(1)>", 1)], (value) => `<b>${value}`, false);
  assert.ok(html.includes("&lt;img src=x") && html.includes("&lt;b&gt;x"), html);
  assert.ok(!html.includes("<img"), html);
});

test("a tooltip lists series by size and leaves out those without a value", () => {
  const html = tooltip([point("small", 1), point("none", null), point("large", [7, 2])], String, true);
  assert.ok(html.indexOf("large") < html.indexOf("small"));
  assert.ok(!html.includes("none"));
});

test("the description names what is shown and the largest groups", () => {
  const origin = { name: "origin", kind: "text", values: ["ATL", "ORD", null] };
  const count = { name: "count", kind: "number", values: Float64Array.from([2, 30_000, NaN]) };
  assert.equal(
    description({ dimensions: [origin], measures: [count] }),
    "Chart of count by origin, 3 groups. Largest count: ORD: 30,000; ATL: 2.",
  );
});
