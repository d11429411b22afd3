// What a tool of facets and pivots asks of taxi trips, beyond the seven slices. The table `zones` is of the bench's lake.

/** Slices as `sevenSlices` has them, each on all rows of the table. */
export function taxiSlices(table) {
  const groups = (variant) => `HAVING count(*) > ${-1 - variant}`;
  return [
    {
      name: "count(distinct zone) per day",
      sql: (variant) => `SELECT date_trunc('day', pickup_at) AS day, count(DISTINCT pickup_zone) AS zones
        FROM ${table} GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "median fare by payment",
      sql: (variant) => `SELECT payment, median(fare) AS fare FROM ${table} GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "90th percentile by vendor, approximate",
      sql: (variant) => ({
        goldpan: `SELECT vendor, approx_percentile_cont(total, 0.9) AS p90 FROM ${table} GROUP BY 1 ${groups(variant)}`,
        duckdb: `SELECT vendor, approx_quantile(total, 0.9) AS p90 FROM ${table} GROUP BY 1 ${groups(variant)}`,
      }),
      tolerance: { relative: 0.02 },
    },
    {
      name: "histogram of totals under a filter",
      sql: (variant) => `SELECT floor(total / 5) * 5 AS bin, count(*) AS n FROM ${table}
        WHERE payment IN ('card', 'app') GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "top 20 rows by total, all columns",
      sql: (variant) => `SELECT * FROM ${table} ORDER BY total DESC NULLS LAST, trip_id LIMIT ${20 + (variant % 7)}`,
    },
    {
      name: "pivot payment by month, three measures",
      sql: (variant) => `SELECT payment, date_trunc('month', pickup_at) AS month,
          count(*) AS n, sum(total) AS total, avg(tip) AS tip
        FROM ${table} GROUP BY 1, 2 ${groups(variant)}`,
    },
    {
      name: "LIKE and IN, grouped by another",
      sql: (variant) => `SELECT vendor, count(*) AS n, avg(total) AS mean FROM ${table}
        WHERE dropoff_zone LIKE 'Harbour%' AND payment IN ('card', 'cash') GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "join with zones, by borough",
      sql: (variant) => `SELECT zones.borough, count(*) AS n, sum(${table}.total) AS total
        FROM ${table} JOIN zones ON zones.zone = ${table}.pickup_zone GROUP BY 1 ${groups(variant)}`,
    },
    {
      name: "share of tipped trips by hour of the day",
      sql: (variant) => `SELECT date_part('hour', pickup_at) AS hour, count(*) AS n,
          count(*) FILTER (WHERE tip > 0) AS tipped, max(tip) AS most
        FROM ${table} GROUP BY 1 ${groups(variant)}`,
    },
  ];
}

/** Slices that read much and answer little: what a second worker helps with. */
export const SCAN_HEAVY = [
  "group by string, count and sum",
  "per day, two measures",
  "two predicates, count and sum",
  "count(distinct zone) per day",
  "histogram of totals under a filter",
  "pivot payment by month, three measures",
  "LIKE and IN, grouped by another",
  "share of tipped trips by hour of the day",
];
