// Whether two results are the same, and if not, where they part.
import assert from "node:assert/strict";
import { inspect } from "node:util";

const TOLERANCE = 1e-9;

/**
 * Compares a result of the console API with one of the oracle. Floats may differ by `tolerance`, relative; rows are
 * compared as a set unless `ordered`. Unless `exact`, a number may be a decimal's string on one side: engines choose
 * different types for sums and means.
 */
export function assertSameResult(actual, expected, { ordered = false, exact = false, tolerance = TOLERANCE } = {}) {
  assert.deepEqual(
    actual.columns.map((column) => column.name),
    expected.columns,
    "column names",
  );
  assert.equal(actual.rows.length, expected.rows.length, `rows; the first ones: ${inspect(actual.rows.slice(0, 3))}`);
  const order = ordered ? (rows) => rows : sorted;
  const [left, right] = [order(actual.rows), order(expected.rows)];
  for (const [index, row] of left.entries()) {
    if (!isSame(row, right[index], { exact, tolerance })) {
      assert.fail(`row ${index} of ${left.length} is ${show(row)}\nbut the oracle has ${show(right[index])}`);
    }
  }
}

/** Whether two values are the same under these rules. */
export function isSame(actual, expected, rules = { exact: true, tolerance: TOLERANCE }) {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => isSame(actual[index], item, rules))
    );
  }
  if (expected !== null && typeof expected === "object") {
    const names = Object.keys(expected);
    return (
      actual !== null &&
      typeof actual === "object" &&
      Object.keys(actual).length === names.length &&
      names.every((name) => isSame(actual[name], expected[name], rules))
    );
  }
  if (Object.is(actual, expected) || isSameMoment(actual, expected)) return true;
  if (typeof actual === "number" && typeof expected === "number") return isNear(actual, expected, rules.tolerance);
  if (rules.exact || typeof actual === typeof expected) {
    return !rules.exact && isNumeral(actual) && isNumeral(expected) && normal(actual) === normal(expected);
  }
  const [number, text] = typeof actual === "number" ? [actual, expected] : [expected, actual];
  return typeof number === "number" && isNumeral(text) && isNear(number, Number(text), rules.tolerance);
}

/** Seconds may be written with zeros at the end. */
function isSameMoment(actual, expected) {
  if (typeof actual !== "string" || typeof expected !== "string") return false;
  const normal = (text) => text.replace(/^(.*\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?(Z?)$/, "$1.$2$3");
  return /\d\d:\d\d:\d\d/.test(expected) && normal(actual) === normal(expected);
}

function isNear(actual, expected, tolerance) {
  if (actual === expected) return true;
  return Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(actual), Math.abs(expected));
}

function isNumeral(text) {
  return typeof text === "string" && /^-?\d+(\.\d+)?$/.test(text);
}

/** A numeral without trailing zeros behind the point. */
function normal(numeral) {
  return numeral.includes(".") ? numeral.replace(/\.?0+$/, "") : numeral;
}

function sorted(rows) {
  const keyed = rows.map((row) => [row.map(sortKey).join("\u0001"), row]);
  keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return keyed.map(([, row]) => row);
}

/** Equal for values that are the same, whichever side wrote them. */
function sortKey(value) {
  if (typeof value === "number" || isNumeral(value)) return Number(value).toPrecision(7);
  return value === null || typeof value !== "object" ? String(value) : JSON.stringify(value);
}

function show(row) {
  return inspect(row, { depth: 4, breakLength: 120, maxStringLength: 200 });
}
