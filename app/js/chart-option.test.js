import assert from "node:assert/strict";
import { test } from "node:test";
import { chartOption } from "./chart-option.js";

const theme = {
  series: ["rgb(1, 1, 1)", "rgb(2, 2, 2)", "rgb(3, 3, 3)"],
  other: "rgb(9, 9, 9)",
  text: "rgb(0, 0, 0)",
  surface: "rgb(255, 255, 255)",
  font: "sans",
};
const text = (name, values) => ({ name, kind: "text", values });
const time = (name, ...dates) => ({ name, kind: "time", values: Float64Array.from(dates, (date) => Date.parse(date)) });
const sum = (name, ...values) => ({ name, kind: "number", additive: true, values: Float64Array.from(values) });
const mean = (name, ...values) => ({ ...sum(name, ...values), additive: false });
const draw = (form, dimensions, measures, size = {}) =>
  chartOption({ form, dimensions, measures, width: 800, height: 300, theme, animate: true, ...size });
const values = (series) => series.data.map((point) => point.value);

test("bars are sorted by size, each knows its row", () => {
  const { option, note } = draw("bars", [text("origin", ["ATL", "ORD", null])], [sum("count", 2, 5, 3)]);
  assert.deepEqual(option.yAxis[0].data, ["ORD", "(null)", "ATL"]);
  assert.deepEqual(
    option.series[0].data.map(({ value, row }) => [value, row]),
    [[5, 1], [3, 2], [2, 0]],
  );
  assert.equal(note, "");
});

test("bars that do not fit are left out, and the note says so", () => {
  const names = Array.from({ length: 40 }, (_, index) => `A${index}`);
  const { option, note } = draw("bars", [text("origin", names)], [sum("count", ...names.keys())], { height: 166 });
  assert.equal(option.yAxis[0].data.length, 6);
  assert.equal(option.yAxis[0].data[0], "A39");
  assert.equal(note, "Top 6 of 40 by count");
});

test("each measure has its own panel over the same categories", () => {
  const { option } = draw("bars", [text("origin", ["ATL", "ORD"])], [sum("count", 1, 2), mean("avg delay", 9, 8)]);
  assert.equal(option.grid.length, 2);
  assert.deepEqual(values(option.series[1]), [8, 9], "in the order of the first measure");
});

test("a time axis orders points and keeps gaps for nulls", () => {
  const { option } = draw("line", [time("day", "2001-01-03", "2001-01-01", "2001-01-02")], [mean("avg", 3, NaN, 2)]);
  assert.deepEqual(values(option.series[0]), [
    [Date.parse("2001-01-01"), null],
    [Date.parse("2001-01-02"), 2],
    [Date.parse("2001-01-03"), 3],
  ]);
  assert.equal(option.useUTC, true);
  assert.ok(option.brush, "and can be brushed");
});

test("sums of many series are stacked, the small ones together", () => {
  const days = Array.from({ length: 12 }, () => "2001-01-01");
  const origins = days.map((_, index) => `A${index}`);
  const { option, note } = draw("area", [time("day", ...days), text("origin", origins)], [
    sum("count", ...days.map((_, index) => index + 1)),
  ]);
  assert.equal(option.series.length, 9);
  assert.equal(option.series[0].name, "A11");
  const other = option.series.at(-1);
  assert.deepEqual([other.name, other.data[0].value[1], other.data[0].row], ["other", 1 + 2 + 3 + 4, undefined]);
  assert.equal(other.itemStyle.color, theme.other);
  assert.ok(option.series.every((series) => series.stack === "panel-0"));
  assert.equal(note, "8 largest series, the other 4 together");
});

test("the others together have no mean", () => {
  const days = Array.from({ length: 12 }, () => "2001-01-01");
  const origins = days.map((_, index) => `A${index}`);
  const sizes = days.map((_, index) => index + 1);
  const { option } = draw("area", [time("day", ...days), text("origin", origins)], [sum("count", ...sizes), mean("avg", ...sizes)]);
  const others = option.series.filter(({ name }) => name === "other");
  assert.deepEqual(others.map(({ data }) => data.length), [1, 0]);
});

test("lines of many series leave the small ones out", () => {
  const days = Array.from({ length: 12 }, () => "2001-01-01");
  const origins = days.map((_, index) => `A${index}`);
  const counts = sum("count", ...days.map((_, index) => index + 1));
  const { option, note } = draw("line", [time("day", ...days), text("origin", origins)], [counts]);
  assert.equal(option.series.length, 8);
  assert.equal(note, "8 largest series, 4 not drawn");
});

test("segments that are long enough carry their name", () => {
  const { option } = draw("bars", [text("day", ["Mon", "Mon"]), text("origin", ["ATL", "ORD"])], [sum("count", 99, 1)]);
  assert.deepEqual(option.series.map((series) => series.data[0].label.show), [true, false]);
  assert.equal(option.series[0].data[0].label.color, theme.surface, "light on a dark fill");
});

test("means are neither stacked nor summed", () => {
  const weekdays = Array.from({ length: 12 }, () => "Mon");
  const origins = weekdays.map((_, index) => `A${index}`);
  const { option, note } = draw("bars", [text("weekday", weekdays), text("origin", origins)], [
    mean("avg delay", ...weekdays.keys()),
  ]);
  assert.ok(option.series.every((series) => series.stack === undefined && series.name !== "other"));
  assert.equal(note, "8 largest series, 4 not drawn");
});

test("numbers on the axis keep their order and upright bars start at zero", () => {
  const hours = { name: "hour", kind: "number", values: Float64Array.from([2010, 9, NaN]) };
  const { option } = draw("columns", [hours], [sum("count", 1, 2, 3)]);
  assert.deepEqual(option.xAxis[0].data, ["9", "2010", "(null)"]);
  assert.equal(option.yAxis[0].scale, false);
});

test("motion can be switched off", () => {
  const { option } = draw("bars", [text("origin", ["ATL"])], [sum("count", 1)], { animate: false });
  assert.equal(option.animation, false);
});
