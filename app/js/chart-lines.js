// Lines, areas and columns: panels below each other share the axis.

import { barSeries } from "./chart-bars.js";
import { formatNumber, grainOf } from "./chart-format.js";
import { panelTitle, seriesColour, seriesName, stackOf, valueAxis } from "./chart-parts.js";
import { categoriesOf, cellsOf } from "./chart-series.js";

const COLUMN_PX = 3;
const DASHES = ["solid", [6, 3], [2, 2], [8, 3, 2, 3]];

/** Lines, areas or upright columns over a time, number or category axis; panels below each other share it. */
export function axisChart(plot) {
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
