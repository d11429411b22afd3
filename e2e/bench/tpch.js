// TPC-H at scale factor 1: eight of its queries as the specification has them, with the parameters of its validation. Left out
// is what is no SQL of both engines, the precision of an interval; rows are limited as it says in words.
import { readFileSync } from "node:fs";

import { geometricMean, ratioOf } from "./figures.js";
import { inTurns } from "./turns.js";

const TABLES = ["lineitem", "orders", "customer", "part", "partsupp", "supplier", "nation", "region"];
const QUERIES = [1, 3, 5, 6, 10, 12, 14, 19];
/** DataFusion gives means and quotients of these decimals with six digits, DuckDB as floats. */
const TOLERANCE = { absolute: 1e-6 };

/** Each query, warm, and the mean of the ratios against its goal. */
export async function tpchFigures(bench) {
  const { goldpan, inMemory } = bench;
  bench.say("TPC-H");
  const measured = await inTurns({
    engines: [goldpan, inMemory],
    server: bench.server,
    opened: bench.opened(TABLES),
    statements: QUERIES.map(statement),
    runs: bench.runs,
    what: "TPC-H",
    failed: (what, error) => bench.failed(what, error),
  });
  const figures = measured.map(({ name, samples }) => ({
    measure: `TPC-H SF1, warm: ${name}`,
    ...bench.against(inMemory, (engine) => samples[engine.name]),
    unit: "ms",
  }));
  const mean = {
    measure: `**TPC-H SF1, warm: geometric mean of ${figures.length} queries**`,
    ratio: geometricMean(figures.map(ratioOf)),
    otherName: inMemory.name,
    goal: { ratio: 0.7 },
  };
  return [...figures, mean];
}

function statement(number) {
  const sql = readFileSync(new URL(`tpch/${number}.sql`, import.meta.url), "utf8");
  return { name: `query ${number}`, sql: () => sql, tolerance: TOLERANCE };
}
