// Parts that all forms of charts share.

import { formatAxisNumber } from "./chart-format.js";

export function valueAxis({ theme }, gridIndex, room) {
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

export function panelTitle({ theme }, measure, left, top) {
  return {
    text: measure.name,
    left,
    top,
    padding: 0,
    textStyle: { color: theme.muted, fontSize: 12, fontWeight: 600, fontFamily: theme.font },
  };
}

export function seriesColour({ theme, series }, index) {
  return series.merged && index === series.names.length - 1 ? theme.other : theme.series[index % theme.series.length];
}

/** Stacks only what may be summed. */
export function stackOf({ series }, measure, panel) {
  return series.names.length > 1 && measure.additive ? `panel-${panel}` : undefined;
}

/** Names of measures for panels of one series each; of series otherwise. */
export function seriesName({ series }, measure, index) {
  return series.names.length > 1 ? series.names[index] : measure.name;
}
