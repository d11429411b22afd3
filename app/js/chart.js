// Draws a result with Apache ECharts: the impure half. What is drawn is decided in chart-option.js.
//
// `createChart(container, onEvent)` gives `{update(input), dispose()}`. Events:
//   {type: "pick", row, axisOnly, exclude}   a mark or an axis label was clicked (Alt: to exclude)
//   {type: "brush", from, to}                a stretch of a continuous axis was brushed, in axis units
//   {type: "note", text}                     what is not drawn

import { BarChart, LineChart } from "echarts/charts";
import {
  AriaComponent,
  AxisPointerComponent,
  BrushComponent,
  GridComponent,
  LegendScrollComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { chartOption } from "./chart-option.js";
import { labelsOf } from "./chart-series.js";
import { readTheme } from "./chart-theme.js";

echarts.use([
  AriaComponent,
  AxisPointerComponent,
  BarChart,
  BrushComponent,
  GridComponent,
  LegendScrollComponent,
  LineChart,
  SVGRenderer,
  TitleComponent,
  TooltipComponent,
]);

export function createChart(container, onEvent) {
  const chart = echarts.init(container, null, { renderer: "svg" });
  const calmMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  let input = null;
  let frame = 0;

  const redraw = () => {
    frame = 0;
    const { clientWidth: width, clientHeight: height } = container;
    if (!input || !width || !height) return;
    chart.resize({ width, height });
    const theme = readTheme(container);
    const { option, note } = chartOption({ ...input, width, height, theme, animate: !calmMotion.matches });
    chart.setOption(option, { notMerge: true });
    if (option.brush) {
      // Dragging brushes at once, without a tool to be chosen first.
      const brushOption = { brushType: "lineX", brushMode: "single" };
      chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption });
    }
    onEvent({ type: "note", text: note });
  };
  // Several causes within one frame make one drawing.
  const schedule = () => {
    frame ||= requestAnimationFrame(redraw);
  };

  const resizes = new ResizeObserver(schedule);
  resizes.observe(container);
  const themes = new MutationObserver(schedule);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  darkness.addEventListener("change", schedule);
  calmMotion.addEventListener("change", schedule);

  chart.on("click", (clicked) => {
    const exclude = Boolean(clicked.event?.event?.altKey);
    if (clicked.componentType === "series") {
      const row = clicked.data?.row;
      if (row !== undefined) onEvent({ type: "pick", row, axisOnly: false, exclude });
    } else if (clicked.targetType === "axisLabel") {
      const row = labelsOf(input.dimensions[0]).indexOf(clicked.value);
      if (row >= 0) onEvent({ type: "pick", row, axisOnly: true, exclude });
    }
  });
  // A short bar is a small target: its whole band stands for it.
  chart.getZr().on("click", ({ target, offsetX, offsetY, event }) => {
    if (target || !input || !["bars", "columns"].includes(input.form)) return;
    const position = categoryAt([offsetX, offsetY]);
    const row = position === undefined ? -1 : labelsOf(input.dimensions[0]).indexOf(position);
    if (row >= 0) onEvent({ type: "pick", row, axisOnly: true, exclude: Boolean(event?.altKey) });
  });
  const categoryAt = (pixel) => {
    const { grid, xAxis, yAxis } = chart.getOption();
    const panel = grid.findIndex((_, gridIndex) => chart.containPixel({ gridIndex }, pixel));
    if (panel < 0) return undefined;
    const [x, y] = chart.convertFromPixel({ gridIndex: panel }, pixel);
    return input.form === "bars" ? yAxis[panel].data[Math.round(y)] : xAxis[panel].data[Math.round(x)];
  };
  chart.on("brushEnd", ({ areas }) => {
    const range = areas[0]?.coordRange;
    if (!range) return;
    chart.dispatchAction({ type: "brush", areas: [] });
    onEvent({ type: "brush", from: range[0], to: range[1] });
  });

  return {
    update(next) {
      input = next;
      schedule();
    },
    dispose() {
      cancelAnimationFrame(frame);
      resizes.disconnect();
      themes.disconnect();
      darkness.removeEventListener("change", schedule);
      calmMotion.removeEventListener("change", schedule);
      chart.dispose();
    },
  };
}
