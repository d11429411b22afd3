// What a chart says in words: its tooltip, and its description for screen readers.

import { formatNumber } from "./chart-format.js";
import { labelsOf } from "./chart-series.js";

const DESCRIBED = 5;

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Values come from files: a tooltip is HTML, so they are escaped. */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/**
 * The tooltip of one place on the axis: one heading, then a line for each series that has a value there.
 * `heading` makes the text of an axis value. Several series are listed largest first.
 */
export function tooltip(points, heading, bySize) {
  const found = points
    .map(({ marker, seriesName, value, axisValue }) => ({
      marker,
      seriesName,
      axisValue,
      value: Array.isArray(value) ? value[1] : value,
    }))
    .filter(({ value }) => value != null && !Number.isNaN(value));
  if (!found.length) return "";
  if (bySize) found.sort((a, b) => b.value - a.value);
  const lines = found.map(
    ({ marker, seriesName, value }) =>
      `<tr><td>${marker}${escapeHtml(seriesName)}</td><td style="text-align:right;padding-left:16px;font-weight:600;` +
      `font-variant-numeric:tabular-nums">${formatNumber(value)}</td></tr>`,
  );
  return `<div>${escapeHtml(heading(found[0].axisValue))}</div><table style="border-spacing:0">${lines.join("")}</table>`;
}

/** What a screen reader says of the chart. The whole of it is in the table view. */
export function description({ dimensions, measures }) {
  const [measure] = measures;
  const labels = dimensions.map(labelsOf);
  const rows = Array.from(measure.values.keys()).filter((row) => !Number.isNaN(measure.values[row]));
  const largest = rows.sort((a, b) => measure.values[b] - measure.values[a]).slice(0, DESCRIBED);
  const named = largest.map(
    (row) => `${labels.map((column) => column[row]).join(", ")}: ${formatNumber(measure.values[row])}`,
  );
  const what = `${measures.map(({ name }) => name).join(" and ")} by ${dimensions.map(({ name }) => name).join(" and ")}`;
  return `Chart of ${what}, ${formatNumber(measure.values.length)} groups. Largest ${measure.name}: ${named.join("; ")}.`;
}
