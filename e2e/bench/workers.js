// Two workers against one: the same page with its pool set, slices that read much.
import { goldpanOf } from "./engines.js";
import { geometricMean, ratioOf } from "./figures.js";
import { slicesOf } from "./slices.js";
import { SCAN_HEAVY } from "./taxi-slices.js";
import { inTurns } from "./turns.js";

/** Each slice of the largest taxi table, and how many times faster two workers are in the mean. */
export async function workerFigures(bench) {
  const table = bench.tables.findLast((table) => table.startsWith("taxi"));
  if (!table) return [];
  bench.say(`workers, ${table}`);
  const [one, two] = [goldpanOf(1), goldpanOf(2)];
  const measured = await inTurns({
    engines: [one, two],
    server: bench.server,
    opened: [],
    statements: slicesOf(table).filter(({ name }) => SCAN_HEAVY.includes(name)),
    runs: bench.runs,
    what: `workers, ${table}`,
    failed: (what, error) => bench.failed(what, error),
  }).catch((error) => {
    bench.failed("2 workers against 1", error);
    return [];
  });
  const figures = measured.map(({ name, samples }) => ({
    measure: `2 workers, ${table}: ${name}`,
    goldpan: samples[two.name],
    other: samples[one.name],
    otherName: one.name,
    unit: "ms",
  }));
  const mean = geometricMean(figures.map(ratioOf));
  const speedUp = {
    measure: `**2 workers against 1, ${table}: how much faster, geometric mean of ${SCAN_HEAVY.length} slices**`,
    goldpan: mean === undefined ? [] : [1 / mean],
    unit: "times",
    goal: { atLeast: 1.7 },
  };
  return [...figures, speedUp];
}
