// Medians, ratios, and the table that they are printed in.

/** The middle of some numbers; undefined without any. */
export function median(numbers) {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
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

/** Fails when two answers are not the same: times may be texts or milliseconds, floats differ by rounding. */
export function assertSameAnswer(left, right, what) {
  const order = (rows) => rows.map((row) => row.map(plain)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const [a, b] = [order(left), order(right)];
  const isSame =
    a.length === b.length &&
    a.every((row, index) => row.every((value, column) => isNear(value, b[index][column])));
  if (isSame) return;
  const at = a.findIndex((row, index) => !row.every((value, column) => isNear(value, b[index]?.[column])));
  throw new Error(`${what}: the engines disagree, ${a.length} and ${b.length} rows:
${JSON.stringify(a[at])}
${JSON.stringify(b[at])}`);
}

function plain(value) {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value.endsWith("Z") ? value : `${value}Z`);
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function key(row) {
  return JSON.stringify(row.map((value) => (typeof value === "number" ? value.toPrecision(6) : value)));
}

function isNear(a, b) {
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

const UNITS = {
  ms: (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 100 ? 1 : 0)} ms`),
  bytes: (value) => (value >= 1e6 ? `${(value / 1e6).toFixed(2)} MB` : `${(value / 1e3).toFixed(1)} kB`),
  count: (value) => String(Math.round(value)),
};

/**
 * A Markdown table of figures: `{ measure, unit, goldpan, other, otherName, goal }`. `goldpan` and `other` are samples;
 * without any, the figure is "not measured". A goal is a ratio, or an amount of Goldpan's own: `{ ratio }`, `{ amount }`.
 */
export function markdown(figures) {
  const rows = figures.map(({ measure, unit, goldpan = [], other = [], otherName = "", goal = {} }) => {
    const [ours, theirs] = [median(goldpan), median(other)];
    const show = (value) => (value === undefined ? "not measured" : UNITS[unit](value));
    const ratio = ours !== undefined && theirs ? ours / theirs : undefined;
    const isReached = goal.ratio !== undefined ? ratio <= goal.ratio : ours <= goal.amount;
    const known = goal.ratio !== undefined ? ratio !== undefined : goal.amount !== undefined && ours !== undefined;
    const wanted = goal.ratio ?? goal.amount;
    return [
      measure,
      show(ours),
      otherName === "" ? "" : show(theirs),
      otherName,
      ratio === undefined ? "" : ratio.toFixed(2),
      wanted === undefined ? "" : `<= ${wanted}${known ? (isReached ? ", reached" : ", missed") : ""}`,
    ];
  });
  const header = ["measure", "Goldpan", "the other", "which other", "ratio", "goal"];
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}
