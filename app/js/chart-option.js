// Turns a result into an ECharts option. Pure, so that it is tested without a browser.
//
// The input is `{form, dimensions, measures, width, height, theme, animate}`:
//   form        "bars" (horizontal), "columns", "line" or "area"
//   dimensions  `{name, kind: "time" | "number" | "text", values}`; the first is the axis, the rest make series
//   measures    `{name, kind, additive, values}`; one panel for each, because their units differ
//   theme       resolved colours: `{text, muted, axis, grid, surface, border, brush, other, series: [...], font}`
// The output is `{option, note}`: `note` says what is not drawn.

import { barChart } from "./chart-bars.js";
import { formatNumber, formatTime, grainOf } from "./chart-format.js";
import { axisChart } from "./chart-lines.js";
import { seriesOf } from "./chart-series.js";
import { description, tooltip } from "./chart-words.js";

const MAX_PANELS = 4;

export function chartOption(input) {
  const measures = input.measures.slice(0, MAX_PANELS);
  const rowCount = measures[0].values.length;
  const [axis, ...others] = input.dimensions;
  // A line of all others together would dwarf the lines that are named.
  const series = seriesOf(others, measures[0], rowCount, input.form !== "line");
  const plot = { ...input, axis, measures, series, legendHeight: series.names.length > 1 ? 26 : 0 };
  const drawn = input.form === "bars" ? barChart(plot) : axisChart(plot);
  return {
    option: { ...base(plot), ...drawn.option },
    note: [drawn.note, seriesNote(series), panelNote(input)].filter(Boolean).join(" · "),
  };
}

function base(plot) {
  const { theme, animate, series, axis, form, measures } = plot;
  const grain = axis.kind === "time" && form !== "columns" ? grainOf(Array.from(axis.values)) : null;
  // Categories are labelled already; on a continuous axis the value is a number.
  const heading = (value) => (grain ? formatTime(value, grain) : typeof value === "number" ? formatNumber(value) : value);
  // Panels repeat the names of series: then the measure's name comes first.
  const named = (point) => {
    const measure = measures[Math.floor(point.seriesIndex / series.names.length)].name;
    const isRepeated = series.names.length > 1 && measures.length > 1;
    return isRepeated ? { ...point, seriesName: `${measure}: ${point.seriesName}` } : point;
  };
  return {
    animation: animate,
    animationDuration: 250,
    animationDurationUpdate: 250,
    useUTC: true,
    color: theme.series,
    textStyle: { fontFamily: theme.font, fontSize: 12, color: theme.text },
    aria: { enabled: true, label: { description: description(plot) } },
    legend: {
      show: series.names.length > 1,
      type: "scroll",
      top: 0,
      left: 0,
      itemWidth: 14,
      itemHeight: 8,
      textStyle: { color: theme.muted },
      pageIconColor: theme.muted,
      pageIconInactiveColor: theme.border,
      pageTextStyle: { color: theme.muted },
      inactiveColor: theme.border,
      data: series.names,
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: theme.raised,
      borderColor: theme.border,
      borderWidth: 1,
      padding: [6, 10],
      textStyle: { color: theme.text, fontSize: 12 },
      axisPointer: { type: "shadow", shadowStyle: { color: theme.brush }, label: { show: false } },
      formatter: (points) => tooltip(points.map(named), heading, series.names.length > 1 && measures.length === 1),
    },
  };
}

function seriesNote(series) {
  if (!series.hidden) return "";
  const hidden = formatNumber(series.hidden);
  const rest = series.merged ? `the other ${hidden} together` : `${hidden} not drawn`;
  return `${series.names.length - Number(series.merged)} largest series, ${rest}`;
}

function panelNote({ measures }) {
  return measures.length > MAX_PANELS ? `first ${MAX_PANELS} of ${measures.length} measures` : "";
}
