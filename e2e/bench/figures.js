// Medians, means of ratios, and the table that they are printed in.

/** The middle of some numbers; undefined without any. */
export function median(numbers) {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The mean of ratios; undefined without any, or where one is not known: a mean of the rest would flatter. */
export function geometricMean(ratios) {
  if (ratios.length === 0 || ratios.some((ratio) => ratio === undefined)) return undefined;
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

/** Goldpan's median to that of the other; undefined unless both were measured. */
export function ratioOf({ goldpan = [], other = [] }) {
  const [ours, theirs] = [median(goldpan), median(other)];
  return ours !== undefined && theirs ? ours / theirs : undefined;
}

/**
 * The longest chain of requests of which each began when the one before had ended. `spans` are `{ startMs, endMs }`.
 */
export function inSequence(spans) {
  const ended = [];
  for (const { startMs, endMs } of [...spans].sort((a, b) => a.startMs - b.startMs)) {
    const before = ended.filter((span) => span.endMs <= startMs);
    ended.push({ endMs, length: 1 + Math.max(0, ...before.map(({ length }) => length)) });
  }
  return Math.max(0, ...ended.map(({ length }) => length));
}

const UNITS = {
  ms: (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 100 ? 1 : 0)} ms`),
  bytes: (value) => (value >= 1e6 ? `${(value / 1e6).toFixed(2)} MB` : `${(value / 1e3).toFixed(1)} kB`),
  count: (value) => String(Math.round(value)),
  times: (value) => `${value.toFixed(2)} x`,
};

/**
 * A Markdown table of figures: `{ measure, unit, goldpan, other, otherName, goal }`. `goldpan` and `other` are samples;
 * without any, the figure is "not measured". A figure that is a ratio and nothing else has `ratio`, undefined where it is not
 * known. A goal is the most that a ratio may be, or the most or the least of Goldpan's own: `{ ratio }`, `{ atMost }`,
 * `{ atLeast }`.
 */
export function markdown(figures) {
  const rows = figures.map((figure) => {
    const { measure, unit, goldpan = [], other = [], otherName = "", goal } = figure;
    const show = (samples) => (samples.length ? UNITS[unit](median(samples)) : "not measured");
    const ratio = ("ratio" in figure ? figure.ratio : ratioOf(figure))?.toFixed(2);
    const cells =
      "ratio" in figure
        ? ["", "", otherName, ratio ?? "not measured"]
        : [show(goldpan), otherName === "" ? "" : show(other), otherName, ratio ?? ""];
    return [measure, ...cells, goal ? wanted(figure, goal) : ""];
  });
  const header = ["measure", "Goldpan", "the other", "which other", "ratio", "goal"];
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}

function wanted(figure, goal) {
  const { goldpan = [], unit } = figure;
  const ratio = "ratio" in figure ? figure.ratio : ratioOf(figure);
  const own = median(goldpan);
  const [words, value, isReached] =
    goal.ratio !== undefined
      ? [`<= ${goal.ratio}`, ratio, ratio <= goal.ratio]
      : goal.atMost !== undefined
        ? [`<= ${UNITS[unit](goal.atMost)}`, own, own <= goal.atMost]
        : [`>= ${UNITS[unit](goal.atLeast)}`, own, own >= goal.atLeast];
  return `${words}, ${value === undefined ? "not measured" : isReached ? "reached" : "missed"}`;
}
