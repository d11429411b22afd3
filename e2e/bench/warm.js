// Slices of tables that both engines have at hand, and clicks on a facet.
import { facetClicks } from "./facets.js";
import { geometricMean, ratioOf } from "./figures.js";
import { slicesOf } from "./slices.js";
import { inTurns } from "./turns.js";

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
  const { goldpan, server, runs } = bench;
  const where = { goldpan, server, table, runs };
  const cold = await facetClicks(where);
  const warm = await facetClicks({ ...where, caches: ["results"] });
  const what = `a facet click on ${table}, loopback, all parts of the page`;
  return [
    { measure: `${what}, no data cached: time`, goldpan: cold.map(({ ms }) => ms), unit: "ms" },
    { measure: `${what}, no data cached: bytes`, goldpan: cold.map(({ bytes }) => bytes), unit: "bytes" },
    { measure: `${what}, no data cached: requests`, goldpan: cold.map(({ requests }) => requests), unit: "count" },
    { measure: `${what}, data at hand: time`, goldpan: warm.map(({ ms }) => ms), unit: "ms" },
  ];
}
