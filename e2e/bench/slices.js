// The statements that both engines answer, word for word the same.
import { taxiSlices } from "./taxi-slices.js";

const SHAPES = {
  taxi: {
    time: "pickup_at",
    week: (offset) => week("2025-03-03", offset),
    category: "payment",
    place: "pickup_zone",
    other: "dropoff_zone",
    sum: "total",
    mean: "distance_km",
    predicates: "payment = 'cash' AND distance_km > 10",
    selective: "dropoff_zone = 'Harbour 7' AND total > 60",
    unit: "trip_id",
  },
  flights: {
    time: "time",
    week: (offset) => week("2001-03-05", offset),
    category: "origin_state",
    place: "origin",
    other: "destination",
    sum: "delay",
    mean: "distance",
    predicates: "origin = 'ORD' AND delay > 30",
    selective: "destination = 'SEA' AND delay > 300",
    unit: "distance",
  },
};

/** The shape of a table by its name: `taxi_5m` is a taxi table. */
function shapeOf(table) {
  return SHAPES[table.split("_")[0]];
}

/** Two columns of one week, per day; `offset` says which week after the first. */
export function oneWeek(table, offset = 0) {
  const { time, sum, week } = shapeOf(table);
  const [from, to] = week(offset);
  return `SELECT date_trunc('day', ${time}) AS day, count(*) AS n, sum(${sum}) AS total FROM ${table}
    WHERE ${time} >= TIMESTAMP '${from}' AND ${time} < TIMESTAMP '${to}' GROUP BY 1 ORDER BY 1`;
}

/** The files of a table that hold rows of that week, by the manifest's statistics. */
export function filesOfWeek(table, manifest, offset = 0) {
  const { time, week } = shapeOf(table);
  const [from, to] = week(offset);
  return manifest.files.filter(({ columns }) => columns[time].min < to && columns[time].max >= from);
}

/**
 * Seven slices of a table: `{ name, sql(variant) }`. A variant changes the statement and not its answer, so that no
 * engine can answer from the results that it keeps.
 */
export function sevenSlices(table) {
  const { time, week, category, place, other, sum, mean, predicates, selective, unit } = shapeOf(table);
  const [from, to] = week(5);
  const groups = (variant) => `HAVING count(*) > ${-1 - variant}`;
  return [
    {
      name: "group by string, count and sum",
      sql: (variant) => `SELECT ${category}, count(*) AS n, sum(${sum}) AS total FROM ${table} GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "top 10 places by count, mean",
      sql: (variant) => `SELECT ${place}, count(*) AS n, avg(${mean}) AS mean FROM ${table}
        GROUP BY 1 ${groups(variant)} ORDER BY n DESC, 1 LIMIT 10`,
    },
    {
      name: "one week of the year, grouped",
      sql: (variant) => `SELECT ${category}, count(*) AS n, sum(${sum}) AS total FROM ${table}
        WHERE ${time} >= TIMESTAMP '${from}' AND ${time} < TIMESTAMP '${to}' GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "per day, two measures",
      sql: (variant) => `SELECT date_trunc('day', ${time}) AS day, sum(${sum}) AS total, avg(${mean}) AS mean
        FROM ${table} GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "two keys, many groups",
      sql: (variant) => `SELECT ${place}, ${other}, count(*) AS n FROM ${table} GROUP BY 1, 2 ${groups(variant)}`,
    },
    {
      name: "two predicates, count and sum",
      sql: (variant) => `SELECT count(*) AS n, sum(${sum}) AS total FROM ${table} WHERE ${predicates} ${groups(variant)}`,
    },
    {
      name: "selective rows, sorted, all columns",
      sql: (variant) => `SELECT * FROM ${table} WHERE ${selective} AND ${unit} > ${-1 - variant}
        ORDER BY ${time}, ${unit} LIMIT 1000`,
    },
  ];
}

/**
 * The seven, and for taxi trips nine more that a tool of facets and pivots asks. All are word for word the same but the
 * approximate percentile, which has another name in each dialect.
 */
export function slicesOf(table) {
  return table.startsWith("taxi") ? [...sevenSlices(table), ...taxiSlices(table)] : sevenSlices(table);
}

function week(first, offset) {
  const day = (days) => new Date(Date.parse(`${first}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  return [day(7 * offset), day(7 * offset + 7)];
}
