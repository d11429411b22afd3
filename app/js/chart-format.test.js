import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAxisNumber, formatNumber, formatTime, grainOf } from "./chart-format.js";

const times = (...texts) => texts.map((text) => Date.parse(text));

test("the grain is the coarsest that loses nothing", () => {
  assert.equal(grainOf(times("2001-01-01", "2002-01-01")), "year");
  assert.equal(grainOf(times("2001-01-01", "2001-02-01")), "month");
  assert.equal(grainOf(times("2001-01-08", "2001-01-15")), "day");
  assert.equal(grainOf(times("2001-01-08T01:00Z")), "minute");
  assert.equal(grainOf(times("2001-01-08T01:00:01Z")), "second");
  assert.equal(grainOf([NaN]), "day");
});

test("times are written in UTC, also before year 1000 and beyond 9999", () => {
  assert.equal(formatTime(Date.UTC(2001, 1, 1, 13, 5), "minute"), "2001-02-01 13:05");
  assert.equal(formatTime(Date.parse("0001-01-01"), "day"), "0001-01-01");
  assert.equal(formatTime(Date.parse("+010000-01-01"), "year"), "+010000");
  assert.equal(formatTime(NaN, "day"), "(null)");
});

test("numbers are exact in tooltips and short on axes", () => {
  assert.equal(formatNumber(3_000_000), "3,000,000");
  assert.equal(formatNumber(8.123456789), "8.12346");
  assert.equal(formatNumber(NaN), "–");
  assert.equal(formatAxisNumber(1_250_000), "1.25M");
  assert.equal(formatAxisNumber(2001), "2,001");
});
