// Values of the console API: whether two are the same to the last bit, how they are ordered, and how SQL writes them.
//
// Orders are the engine's: NaN is greater than every number, text and bytes are ordered by their bytes.

import { string } from "../support/oracle.js";

/** Whether two values are the same. Only zeros at the end of a second may differ. */
export function same(actual, expected) {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) && actual.length === expected.length && expected.every((item, at) => same(actual[at], item))
    );
  }
  if (expected !== null && typeof expected === "object") {
    const isRecord = actual !== null && typeof actual === "object" && !Array.isArray(actual);
    const names = Object.keys(expected);
    return (
      isRecord && Object.keys(actual).length === names.length && names.every((name) => same(actual[name], expected[name]))
    );
  }
  if (typeof expected === "string" && typeof actual === "string") return shortened(actual) === shortened(expected);
  return Object.is(actual, expected);
}

function shortened(text) {
  return /\d\d:\d\d:\d\d\.\d+Z?$/.test(text) ? text.replace(/\.?0*(Z?)$/, "$1") : text;
}

/** What a column's type allows: a key that orders its values, and a literal; nothing for nested and odd types. */
export function kindOf(type) {
  const name = type.replace(/\d+$|\(.*$/, "");
  return KINDS[name]?.(type);
}

const KINDS = {
  boolean: () => ({ key: Number, literal: String }),
  int: () => ({ key: BigInt, literal: String }),
  uint: () => ({ key: BigInt, literal: String }),
  float: () => ({ key: floatOrder, literal: floatLiteral, isFloat: true }),
  decimal: (type) => ({ key: (text) => BigInt(text.replace(".", "")), literal: (text) => `CAST('${text}' AS ${type})` }),
  string: () => ({ key: (text) => Buffer.from(text).toString("hex"), literal: string }),
  binary: () => ({ key: (hex) => hex, literal: (hex) => `X'${hex}'` }),
  date: () => ({ key: nanoseconds, literal: (text) => `DATE '${text}'` }),
  time: () => ({ key: nanoseconds, literal: string }),
  timestamp: () => ({ key: nanoseconds, literal: (text) => `CAST('${text}' AS TIMESTAMP(${digits(text)}))` }),
  timestamptz: () => ({ key: nanoseconds, literal: (text) => `CAST('${text}' AS TIMESTAMPTZ(${digits(text)}))` }),
};

/** Nanoseconds reach from 1677 to 2262 only, so they are named only where they are needed. */
function digits(moment) {
  return /\.\d{7,}/.test(moment) ? 9 : 6;
}

/** As the bits order them: NaN behind everything, and equal to itself. The zeros are equal. */
function floatOrder(value) {
  const bits = new BigInt64Array(new Float64Array([value === 0 ? 0 : value]).buffer)[0];
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

function floatLiteral(value) {
  if (!Number.isFinite(value)) return `CAST('${value}' AS DOUBLE)`;
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}

/** A date, a time or both as nanoseconds, whatever the year. */
function nanoseconds(text) {
  const [, date, clock] = text.match(/^([+-]?\d{4,}-\d\d-\d\d)?T?(?:(\d\d:\d\d:\d\d(?:\.\d+)?)Z?)?$/);
  const [, year, month, day] = date?.match(/^([+-]?\d+)-(\d\d)-(\d\d)$/) ?? [];
  const midnight = date ? new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day)) : 0;
  const [hours, minutes, seconds] = (clock ?? "00:00:00").split(":");
  const [whole, fraction = ""] = seconds.split(".");
  const ofDay = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(whole);
  return BigInt(midnight) * 1_000_000n + ofDay * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}
