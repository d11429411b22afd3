// Numbers and times on axes and in tooltips. The same in every locale, in UTC as the engine's times are.

const exact = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
const short = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

export function formatNumber(value) {
  if (value == null || Number.isNaN(value)) return "–";
  return Number.isInteger(value) ? whole.format(value) : exact.format(value);
}

/** For a label beside a mark: three digits are enough for the eye. */
export function formatShort(value) {
  return Math.abs(value) >= 10_000 ? compact.format(value) : Number.isInteger(value) ? whole.format(value) : short.format(value);
}

export function formatAxisNumber(value) {
  return Math.abs(value) >= 10_000 ? compact.format(value) : formatNumber(value);
}

const DAY = 86_400_000;

/** The coarsest calendar unit that all these times (epoch milliseconds) are starts of. */
export function grainOf(times) {
  const units = [
    ["year", (d) => d.getUTCMonth() === 0 && d.getUTCDate() === 1],
    ["month", (d) => d.getUTCDate() === 1],
  ];
  const finite = times.filter(Number.isFinite);
  if (!finite.length) return "day";
  if (finite.some((t) => t % DAY)) return finite.some((t) => t % 60_000) ? "second" : "minute";
  const dates = finite.map((t) => new Date(t));
  return units.find(([, isStart]) => dates.every(isStart))?.[0] ?? "day";
}

export function formatTime(epochMs, grain) {
  if (!Number.isFinite(epochMs)) return "(null)";
  const iso = new Date(epochMs).toISOString();
  const lengths = { year: 4, month: 7, day: 10, minute: 16, second: 19 };
  // Years beyond 9999 are written with a sign and six digits.
  const extra = iso.length - "2001-01-01T00:00:00.000Z".length;
  return iso.slice(0, lengths[grain] + extra).replace("T", " ");
}
