// The gold tables hold what the sources hold, and the browser reads them as native DuckDB does.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";

import { assertSameResult } from "./support/compare.js";
import { gold } from "./support/gold.js";
import { identifier, oracle, string } from "./support/oracle.js";
import { sources } from "./support/paths.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();

let published;
let duckdb;
before(async () => {
  published = await gold();
  const { tables } = published;
  duckdb = await oracle(Object.fromEntries(Object.entries(tables).map(([name, { paths }]) => [name, paths])));
  for (const [name, file] of [
    ["source_flights", "flights-3m.parquet"],
    ["source_airports", "airports.csv"],
    ["source_birdstrikes", "birdstrikes.csv"],
  ]) {
    await duckdb.run(`CREATE VIEW ${name} AS SELECT * FROM ${string(join(sources, file))}`);
  }
  // The file writes NA where city and state are not known.
  await duckdb.run(
    `CREATE VIEW airports AS SELECT iata, latitude, longitude, nullif(trim(city), 'NA') AS city,
     nullif(trim(state), 'NA') AS state FROM source_airports`,
  );
});
after(() => duckdb?.close());

const numeric = /^(u?int\d+|float\d+|decimal)/;

/** Count, NULLs and extremes of every column, and the sum of numbers. */
function profile(table, columns) {
  const parts = columns.flatMap(({ name, type }) => {
    const column = identifier(name);
    const sum = numeric.test(type) ? [`sum(${column}) AS ${identifier(`sum ${name}`)}`] : [];
    return [
      `count(${column}) AS ${identifier(`count ${name}`)}`,
      `count(*) - count(${column}) AS ${identifier(`nulls ${name}`)}`,
      `min(${column}) AS ${identifier(`min ${name}`)}`,
      `max(${column}) AS ${identifier(`max ${name}`)}`,
      ...sum,
    ];
  });
  return `SELECT count(*) AS rows, ${parts.join(", ")} FROM ${identifier(table)}`;
}

for (const table of ["flights", "airport_days", "birdstrikes"]) {
  test(`every column of ${table} has DuckDB's count, nulls, extremes and sum`, async () => {
    const sql = profile(table, published.tables[table].manifest.columns);
    assertSameResult(await (await visit()).query(sql), await duckdb.query(sql));
  });

  test(`every column of ${table} has DuckDB's most frequent values`, async () => {
    const page = await visit();
    for (const { name } of published.tables[table].manifest.columns) {
      const column = identifier(name);
      const sql = `SELECT ${column} AS value, count(*) AS n FROM ${identifier(table)}
                   GROUP BY ${column} ORDER BY n DESC, value NULLS LAST LIMIT 20`;
      assertSameResult(await page.query(sql), await duckdb.query(sql), { ordered: true });
    }
  });
}

test("flights are the source's flights, each with its airports", async () => {
  const page = await visit();
  const actual = await page.query(
    `SELECT origin, destination, min(time) AS first, max(time) AS last, count(*) AS n,
     sum(delay) AS delay, sum(distance) AS distance, min(origin_city) AS a, min(origin_state) AS b,
     min(destination_city) AS c, min(destination_state) AS d FROM flights GROUP BY origin, destination`,
  );
  const expected = await duckdb.query(
    `SELECT f.origin, f.destination, min(f.date) AS first, max(f.date) AS last, count(*) AS n,
     sum(f.delay) AS delay, sum(f.distance) AS distance, min(o.city) AS a, min(o.state) AS b,
     min(d.city) AS c, min(d.state) AS d FROM source_flights f
     LEFT JOIN airports o ON o.iata = f.origin LEFT JOIN airports d ON d.iata = f.destination
     GROUP BY f.origin, f.destination`,
  );
  assertSameResult(actual, expected);
});

test("coordinates of flights are those of the airports", async () => {
  const actual = await (await visit()).query(
    `SELECT DISTINCT origin, origin_latitude AS lat, origin_longitude AS lon FROM flights`,
  );
  const expected = await duckdb.query(
    `SELECT iata AS origin, latitude AS lat, longitude AS lon FROM source_airports
     WHERE iata IN (SELECT origin FROM source_flights)`,
  );
  assertSameResult(actual, expected);
});

test("airport days are computed from the source's flights", async () => {
  const actual = await (await visit()).query(
    "SELECT day, origin, city, state, flights, mean_delay, p90_delay, share_late FROM airport_days",
  );
  const expected = await duckdb.query(
    `SELECT CAST(date AS DATE) AS day, origin, min(city) AS city, min(state) AS state, count(*) AS flights,
     avg(delay) AS mean_delay, quantile_cont(delay, 0.9) AS p90_delay, avg(CASE WHEN delay > 15 THEN 1.0 ELSE 0 END)
     AS share_late FROM source_flights LEFT JOIN airports ON iata = origin GROUP BY 1, 2`,
  );
  assertSameResult(actual, expected);
});

test("bird strikes keep every row and column under readable names", async () => {
  const actual = await (await visit()).query("SELECT * FROM birdstrikes");
  // Codes for damage are spelled out, and airlines lose the mark of a merger: the project's silver model.
  const expected = await duckdb.query(
    `SELECT "Airport Name" AS airport_name, "Aircraft Make Model" AS aircraft_make_model,
     CASE WHEN "Effect Amount of damage" IN ('B', 'C') THEN 'Unknown' ELSE "Effect Amount of damage" END
     AS effect_amount_of_damage, "Flight Date" AS flight_date,
     trim("Aircraft Airline Operator", '* ') AS aircraft_airline_operator, "Origin State" AS origin_state,
     "Phase of flight" AS phase_of_flight, "Wildlife Size" AS wildlife_size, "Wildlife Species" AS wildlife_species,
     "Time of day" AS time_of_day, "Cost Other" AS cost_other, "Cost Repair" AS cost_repair,
     "Cost Total $" AS cost_total, "Speed IAS in knots" AS speed_ias_in_knots FROM source_birdstrikes`,
  );
  assertSameResult(actual, expected);
  const originals = published.tables.birdstrikes.manifest.columns.map((column) => column.original_name);
  assert.ok(originals.includes("Cost Total $"), `the manifest keeps the source's names: ${originals}`);
});

test("tables() lists the catalog with rows, bytes and column types", async () => {
  const listed = await (await visit()).page.evaluate(() => window.goldpan.tables());
  assert.deepEqual(
    listed.map(({ name, rows, bytes, columns }) => ({ name, rows, bytes, columns })),
    Object.entries(published.tables).map(([name, { manifest }]) => ({
      name,
      rows: manifest.rows,
      bytes: manifest.bytes,
      columns: manifest.columns.map((column) => ({ name: column.name, type: column.type })),
    })),
  );
});
