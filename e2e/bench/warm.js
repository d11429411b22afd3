// Slices of tables that both engines have at hand, and a click on a facet.
import { facetClicks } from "./facets.js";
import { geometricMean, ratioOf } from "./figures.js";
import { slicesOf } from "./slices.js";
import { inTurns } from "./turns.js";

const FACET = { column: "payment", values: ["cash", "app", "card", "voucher"] };

/** Each slice of each table; means of the ratios, with those of all taxi tables against the goals. */
export async function warmFigures(bench) {
  const { goldpan, inMemory, tables } = bench;
  const slices = [];
  for (const table of tables) {
    bench.say(`warm slices, ${table}`);
    const isTaxi = table.startsWith("taxi");
    const measured = await inTurns({
      engines: [goldpan, inMemory],
      server: bench.server,
      opened: bench.opened(isTaxi ? [table, "zones"] : [table]),
      statements: slicesOf(table),
      runs: bench.runs,
      what: `warm, ${table}`,
      failed: (what, error) => bench.failed(what, error),
    });
    for (const { name, samples } of measured) {
      const both = bench.against(inMemory, (engine) => samples[engine.name]);
      slices.push({ table, measure: `warm, ${table}: ${name}`, ...both, unit: "ms" });
    }
  }
  return [...slices, ...meansOf(bench, slices), ...(await facetFigures(bench))];
}

function meansOf({ tables, inMemory }, slices) {
  const otherName = inMemory.name;
  const mean = (of) => geometricMean(of.map(ratioOf));
  const figures = tables.map((table) => {
    const of = slices.filter((slice) => slice.table === table);
    return { measure: `warm, ${table}: geometric mean of ${of.length} slices`, ratio: mean(of), otherName };
  });
  const taxi = slices.filter(({ table }) => table.startsWith("taxi"));
  if (taxi.length === 0) return figures;
  const known = taxi.filter((slice) => ratioOf(slice) !== undefined);
  const worst = known.toSorted((a, b) => ratioOf(b) - ratioOf(a))[0];
  figures.push(
    {
      measure: `**warm, all taxi tables: geometric mean of ${taxi.length} slices**`,
      ratio: mean(taxi),
      otherName,
      goal: { ratio: 0.35 },
    },
    {
      measure: `**warm, all taxi tables: worst slice** (${worst?.measure ?? "none measured"})`,
      ratio: worst && ratioOf(worst),
      otherName,
      goal: { ratio: 1 },
    },
  );
  return figures;
}

async function facetFigures(bench) {
  const table = bench.tables.find((table) => table.startsWith("taxi"));
  if (!table) return [];
  bench.say(`facet clicks, ${table}`);
  const clicks = await facetClicks({ goldpan: bench.goldpan, server: bench.server, table, facet: FACET, runs: bench.runs });
  const what = `a facet click on ${table}, loopback, no data cached, all parts of the page`;
  return [
    { measure: `${what}: time`, goldpan: clicks.map(({ ms }) => ms), unit: "ms" },
    { measure: `${what}: bytes`, goldpan: clicks.map(({ bytes }) => bytes), unit: "bytes" },
    { measure: `${what}: requests`, goldpan: clicks.map(({ requests }) => requests), unit: "count" },
  ];
}
