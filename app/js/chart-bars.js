// Bars: horizontal ones with panels side by side, and the bars of upright columns.

import { mostReadable } from "./chart-contrast.js";
import { formatNumber, formatShort } from "./chart-format.js";
import { panelTitle, seriesColour, seriesName, stackOf, valueAxis } from "./chart-parts.js";
import { categoriesOf, cellsOf } from "./chart-series.js";

const BAR_PX = 20;

/** Horizontal bars, largest first; panels side by side share the categories. */
export function barChart(plot) {
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

export function barSeries(plot, measure, panel, categories) {
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
