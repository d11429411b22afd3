// Whether two engines gave the same answer.

/**
 * Fails when two answers are not the same: times may be texts or milliseconds, rows may come in any order. Numbers may differ
 * by rounding: by `relative` of the larger one, or by `absolute`.
 */
export function assertSameAnswer(left, right, what, { relative = 1e-9, absolute = 0 } = {}) {
  const order = (rows) => rows.map((row) => row.map(plain)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const isNear = (a, b) =>
    Object.is(a, b) ||
    (typeof a === "number" &&
      typeof b === "number" &&
      Math.abs(a - b) <= Math.max(absolute, relative * Math.max(Math.abs(a), Math.abs(b))));
  const isSameRow = (row, other) => row.length === other?.length && row.every((value, at) => isNear(value, other[at]));
  const [a, b] = [order(left), order(right)];
  if (a.length === b.length && a.every((row, at) => isSameRow(row, b[at]))) return;
  const at = a.findIndex((row, index) => !isSameRow(row, b[index]));
  throw new Error(`${what}: the engines disagree, ${a.length} and ${b.length} rows:
${JSON.stringify(a[at])}
${JSON.stringify(b[at])}`);
}

function plain(value) {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "string") return value;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return Date.parse(`${value}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value.endsWith("Z") ? value : `${value}Z`);
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** Texts first, floats shortened: numbers that differ by rounding must not decide the order where something else can. */
function key(row) {
  const isNumber = (value) => typeof value === "number";
  const short = (value) => (Math.abs(value - Math.round(value)) < 1e-6 ? String(Math.round(value)) : value.toPrecision(6));
  return JSON.stringify([...row.filter((value) => !isNumber(value)), ...row.filter(isNumber).map(short)]);
}
