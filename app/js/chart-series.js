// Shapes result columns into categories and series: the top ones by size, the rest summed as "other" where sums
// make sense. Pure: no DOM, no ECharts.

import { formatNumber, formatTime, grainOf } from "./chart-format.js";

const OTHER = "other";
const NULL_LABEL = "(null)";
const MAX_SERIES = 8;

/** The text of each row of a column. */
export function labelsOf(column) {
  const values = Array.from(column.values);
  if (column.kind === "time") {
    const grain = grainOf(values);
    return values.map((value) => formatTime(value, grain));
  }
  if (column.kind === "number") {
    // Whole numbers that group are hours, years and codes: no commas.
    return values.map((value) => {
      if (Number.isNaN(value)) return NULL_LABEL;
      return Number.isInteger(value) ? String(value) : formatNumber(value);
    });
  }
  return values.map((value) => value ?? NULL_LABEL);
}

/**
 * Groups rows by series (all dimensions but the one on the axis).
 * Returns `{names, ofRow, hidden, merged}`: the names of the series, the index of each row's series (-1: not drawn),
 * how many series are not drawn on their own, and whether these are merged into the last one, OTHER.
 */
export function seriesOf(dimensions, measure, rowCount, mayMerge) {
  if (!dimensions.length) {
    return { names: [measure.name], ofRow: new Array(rowCount).fill(0), hidden: 0, merged: false };
  }
  const labels = dimensions.map(labelsOf);
  const keys = Array.from({ length: rowCount }, (_, row) => labels.map((column) => column[row]).join(" · "));
  const weights = new Map();
  keys.forEach((key, row) => {
    const size = Math.abs(measure.values[row]) || 0;
    const weight = weights.get(key) ?? 0;
    weights.set(key, measure.additive ? weight + size : Math.max(weight, size));
  });
  const ranked = [...weights].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  const names = ranked.length > MAX_SERIES + 1 ? ranked.slice(0, MAX_SERIES) : ranked;
  const hidden = ranked.length - names.length;
  const indexes = new Map(names.map((name, index) => [name, index]));
  const merged = hidden > 0 && measure.additive && mayMerge;
  const rest = merged ? names.push(OTHER) - 1 : -1;
  return { names, ofRow: keys.map((key) => indexes.get(key) ?? rest), hidden, merged };
}

/** The categories on an axis, in the order to draw: `{labels, ofRow, total}`. */
export function categoriesOf(dimension, measure, limit) {
  const labels = labelsOf(dimension);
  const sizes = new Map();
  const firstRow = new Map();
  labels.forEach((label, row) => {
    const value = measure?.values[row] || 0;
    const size = sizes.get(label) ?? 0;
    sizes.set(label, measure?.additive ? size + value : Math.max(size, value));
    if (!firstRow.has(label)) firstRow.set(label, row);
  });
  const all = [...sizes.keys()];
  if (dimension.kind === "text") {
    all.sort((a, b) => sizes.get(b) - sizes.get(a));
  } else {
    const position = (label) => dimension.values[firstRow.get(label)];
    all.sort((a, b) => (Number.isNaN(position(a)) ? 1 : position(a) - position(b)));
  }
  const shown = all.slice(0, limit);
  const indexes = new Map(shown.map((label, index) => [label, index]));
  return { labels: shown, ofRow: labels.map((label) => indexes.get(label) ?? -1), total: all.length };
}

/**
 * The value of each cell (series, position), and the row that it stands for: `cells[series].get(position)` is
 * `{value, row}`; `row` is undefined where several rows were merged.
 */
export function cellsOf(measure, series, positionOfRow) {
  const cells = series.names.map(() => new Map());
  // Sums of several groups can be shown together, means and extremes cannot.
  const undrawn = series.merged && !measure.additive ? series.names.length - 1 : -1;
  series.ofRow.forEach((index, row) => {
    const position = positionOfRow[row];
    if (index < 0 || index === undrawn || position === -1) return;
    const value = measure.values[row];
    const cell = cells[index].get(position);
    if (!cell) cells[index].set(position, { value, row });
    else if (measure.additive) {
      cell.value = (Number.isNaN(cell.value) ? 0 : cell.value) + (Number.isNaN(value) ? 0 : value);
      cell.row = undefined;
    }
  });
  return cells;
}
