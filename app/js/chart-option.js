// Turns a result into an ECharts option. Pure, so that it is tested without a browser.
//
// The input is `{form, dimensions, measures, width, height, theme, animate}`:
//   form        "bars" (horizontal), "columns", "line" or "area"
//   dimensions  `{name, kind: "time" | "number" | "text", values}`; the first is the axis, the rest make series
//   measures    `{name, kind, additive, values}`; one panel for each, because their units differ
//   theme       resolved colours: `{text, muted, axis, grid, surface, border, brush, other, series: [...], font}`
// The output is `{option, note}`: `note` says what is not drawn.

import { mostReadable } from "./chart-contrast.js";
import { formatAxisNumber, formatNumber, formatShort, formatTime, grainOf } from "./chart-format.js";
import { categoriesOf, cellsOf, seriesOf } from "./chart-series.js";
import { description, tooltip } from "./chart-words.js";

const MAX_PANELS = 4;
const BAR_PX = 20;
const COLUMN_PX = 3;
const DASHES = ["solid", [6, 3], [2, 2], [8, 3, 2, 3]];

export function chartOption(input) {
  const measures = input.measures.slice(0, MAX_PANELS);
  const rowCount = measures[0].values.length;
  const [axis, ...others] = input.dimensions;
  // A line of all others together would dwarf the lines that are named.
  const series = seriesOf(others, measures[0], rowCount, input.form !== "line");
  const plot = { ...input, axis, measures, series, legendHeight: series.names.length > 1 ? 26 : 0 };
  const drawn = input.form === "bars" ? bars(plot) : overAxis(plot);
  return {
    option: { ...base(plot), ...drawn.option },
    note: [drawn.note, seriesNote(series), panelNote(input)].filter(Boolean).join(" · "),
  };
}

function base(plot) {
  const { theme, animate, series, axis, form } = plot;
  const grain = axis.kind === "time" && form !== "columns" ? grainOf(Array.from(axis.values)) : null;
  // Categories are labelled already; on a continuous axis the value is a number.
  const heading = (value) => (grain ? formatTime(value, grain) : typeof value === "number" ? formatNumber(value) : value);
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
      formatter: (points) => tooltip(points, heading, series.names.length > 1),
    },
  };
}

function valueAxis({ theme }, gridIndex, room) {
  return {
    type: "value",
    gridIndex,
    splitNumber: Math.max(2, Math.min(6, Math.floor(room / 60))),
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: theme.axis, formatter: formatAxisNumber, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.grid } },
  };
}

function panelTitle({ theme }, measure, left, top) {
  return {
    text: measure.name,
    left,
    top,
    padding: 0,
    textStyle: { color: theme.muted, fontSize: 12, fontWeight: 600, fontFamily: theme.font },
  };
}

function seriesColour({ theme, series }, index) {
  return series.merged && index === series.names.length - 1 ? theme.other : theme.series[index % theme.series.length];
}

/** Stacks only what may be summed. */
function stackOf({ series }, measure, panel) {
  return series.names.length > 1 && measure.additive ? `panel-${panel}` : undefined;
}

/** Names of measures for panels of one series each; of series otherwise. */
function seriesName({ series }, measure, index) {
  return series.names.length > 1 ? series.names[index] : measure.name;
}

/** Horizontal bars, largest first; panels side by side share the categories. */
function bars(plot) {
  const { axis, measures, series, width, height, theme, legendHeight } = plot;
  const stacked = series.names.length === 1 || measures[0].additive;
  const perCategory = stacked ? BAR_PX : Math.max(BAR_PX, 8 * series.names.length + 6);
  const top = legendHeight + 22;
  const limit = Math.max(1, Math.floor((height - top - 24) / perCategory));
  const categories = categoriesOf(axis, measures[0], limit);
  const labelWidth = Math.min(
    Math.max(40, ...categories.labels.map((label) => label.length * 6.6 + 12)),
    Math.max(60, Math.min(220, width * 0.35)),
  );
  const panelWidth = (width - labelWidth - 8) / measures.length;
  const option = { grid: [], title: [], xAxis: [], yAxis: [], series: [] };
  measures.forEach((measure, panel) => {
    const left = labelWidth + panel * panelWidth;
    option.grid.push({ left, width: Math.max(20, panelWidth - 40), top, bottom: 24 });
    option.title.push(panelTitle(plot, measure, left, legendHeight + 2));
    option.xAxis.push(valueAxis(plot, panel, panelWidth));
    option.yAxis.push({
      type: "category",
      gridIndex: panel,
      inverse: true,
      data: categories.labels,
      triggerEvent: true,
      axisLine: { lineStyle: { color: theme.border } },
      axisTick: { show: false },
      axisLabel: {
        show: panel === 0,
        interval: 0,
        color: theme.text,
        width: labelWidth - 10,
        overflow: "truncate",
      },
    });
    option.series.push(...barSeries(plot, measure, panel, categories));
  });
  option.axisPointer = { link: [{ yAxisIndex: "all" }] };
  const note = categories.total > limit ? `Top ${limit} of ${formatNumber(categories.total)} by ${measures[0].name}` : "";
  return { option, note };
}

function barSeries(plot, measure, panel, categories) {
  const isHorizontal = plot.form === "bars";
  const cells = cellsOf(measure, plot.series, categories.ofRow);
  const label = plot.series.names.length > 1 ? segmentLabels(plot, measure, cells) : lengthLabels(plot);
  return cells.map((cell, index) => ({
    type: "bar",
    name: seriesName(plot, measure, index),
    xAxisIndex: panel,
    yAxisIndex: panel,
    stack: stackOf(plot, measure, panel),
    barMaxWidth: isHorizontal ? 16 : 40,
    barCategoryGap: "25%",
    cursor: "pointer",
    itemStyle: {
      color: seriesColour(plot, index),
      borderColor: plot.theme.surface,
      borderWidth: plot.series.names.length > 1 ? 0.5 : 0,
      borderRadius: plot.series.names.length > 1 ? 0 : isHorizontal ? [0, 2, 2, 0] : [2, 2, 0, 0],
    },
    emphasis: { focus: plot.series.names.length > 1 ? "series" : "none" },
    data: categories.labels.map((_, position) => {
      const found = cell.get(position);
      if (!found || Number.isNaN(found.value)) return { value: null };
      return { value: found.value, row: found.row, label: label(found.value, index) };
    }),
  }));
}

/** The value at the end of a bar that stands alone. */
function lengthLabels({ form, theme }) {
  const show = form === "bars";
  return (value) => ({
    show,
    position: value < 0 ? "left" : "right",
    color: theme.muted,
    fontSize: 11,
    formatter: formatShort(value),
  });
}

/** The name of a series within its segments that are long enough: colour alone would not tell. */
function segmentLabels(plot, measure, cells) {
  const totals = new Map();
  for (const cell of cells) {
    for (const [position, { value }] of cell) totals.set(position, (totals.get(position) ?? 0) + Math.abs(value || 0));
  }
  const longest = Math.max(...totals.values());
  const isStacked = plot.form === "bars" && measure.additive;
  const room = (plot.width * 0.6) / plot.measures.length;
  const { surface, text } = plot.theme;
  return (value, index) => {
    const name = plot.series.names[index];
    return {
      show: isStacked && (Math.abs(value) / longest) * room > name.length * 7 + 8,
      position: "inside",
      color: mostReadable(seriesColour(plot, index), [surface, text]),
      fontSize: 11,
      fontWeight: 600,
      // Braces would be read as a template.
      formatter: name.replaceAll(/[{}]/g, " "),
    };
  };
}

/** Lines, areas or upright columns over a time, number or category axis; panels below each other share it. */
function overAxis(plot) {
  const { axis, measures, width, height, legendHeight } = plot;
  const isContinuous = plot.form !== "columns" && axis.kind !== "text";
  const limit = isContinuous ? Infinity : Math.max(2, Math.floor((width - 70) / COLUMN_PX));
  const categories = isContinuous ? null : categoriesOf(axis, measures[0], limit);
  const panelHeight = (height - legendHeight) / measures.length;
  const option = { grid: [], title: [], xAxis: [], yAxis: [], series: [] };
  measures.forEach((measure, panel) => {
    const top = legendHeight + panel * panelHeight;
    const isLast = panel === measures.length - 1;
    option.grid.push({ left: 56, right: 24, top: top + 22, height: Math.max(20, panelHeight - (isLast ? 48 : 36)) });
    option.title.push(panelTitle(plot, measure, 8, top + 2));
    option.xAxis.push(sharedAxis(plot, panel, isLast, categories));
    option.yAxis.push({ ...valueAxis(plot, panel, panelHeight), scale: plot.form === "line" && !measure.additive });
    option.series.push(
      ...(plot.form === "columns"
        ? barSeries(plot, measure, panel, categories)
        : lineSeries(plot, measure, panel, categories)),
    );
  });
  if (isContinuous) {
    const brush = { color: plot.theme.brush, borderColor: plot.theme.axis, borderWidth: 1 };
    option.brush = { xAxisIndex: "all", brushType: "lineX", brushMode: "single", brushStyle: brush, transformable: false };
    // A brushed chart is not dimmed outside: the filter redraws it at once.
    option.brush.outOfBrush = { colorAlpha: 1 };
  }
  option.axisPointer = { link: [{ xAxisIndex: "all" }] };
  const note =
    categories && categories.total > limit
      ? `First ${formatNumber(limit)} of ${formatNumber(categories.total)} values of ${axis.name}`
      : "";
  return { option, note };
}

function sharedAxis({ axis, theme }, gridIndex, isLast, categories) {
  const common = {
    gridIndex,
    axisLine: { lineStyle: { color: theme.border } },
    axisTick: { show: isLast, lineStyle: { color: theme.border } },
    axisLabel: { show: isLast, color: theme.axis, hideOverlap: true },
    splitLine: { show: false },
  };
  if (categories) {
    return { ...common, type: "category", data: categories.labels, triggerEvent: true };
  }
  const grain = axis.kind === "time" ? grainOf(Array.from(axis.values)) : null;
  return {
    ...common,
    type: grain ? "time" : "value",
    scale: true,
    min: "dataMin",
    max: "dataMax",
    axisPointer: { type: "line", lineStyle: { color: theme.axis, type: "solid" } },
  };
}

function lineSeries(plot, measure, panel, categories) {
  const { axis, series } = plot;
  const positions = categories ? categories.ofRow : Array.from(axis.values, (value) => (Number.isNaN(value) ? -1 : value));
  const cells = cellsOf(measure, series, positions);
  return cells.map((cell, index) => {
    const points = [...cell].sort(([a], [b]) => a - b);
    const colour = seriesColour(plot, index);
    return {
      type: "line",
      name: seriesName(plot, measure, index),
      xAxisIndex: panel,
      yAxisIndex: panel,
      stack: plot.form === "area" ? stackOf(plot, measure, panel) : undefined,
      showSymbol: plot.form === "line" && points.length <= 60,
      symbol: "circle",
      symbolSize: 5,
      sampling: points.length > 4000 ? "lttb" : undefined,
      itemStyle: { color: colour },
      lineStyle: {
        color: colour,
        width: 2,
        // Dashes tell lines apart without colour; a lone line is solid.
        type: series.names.length > 1 && plot.form === "line" ? DASHES[index % DASHES.length] : "solid",
      },
      areaStyle: plot.form === "area" ? { color: colour, opacity: series.names.length > 1 ? 0.75 : 0.18 } : undefined,
      emphasis: { focus: series.names.length > 1 ? "series" : "none", lineStyle: { width: 2 } },
      data: points.map(([position, { value, row }]) => ({
        value: [position, Number.isNaN(value) ? null : value],
        row,
      })),
    };
  });
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

