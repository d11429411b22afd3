// Subqueries, common table expressions and set operations.
export const subqueries = [
  {
    name: "scalar subquery",
    sql: `SELECT origin, count(*) AS n FROM flights
          WHERE distance > (SELECT avg(distance) * 4 FROM flights) GROUP BY origin`,
  },
  {
    name: "correlated scalar subquery",
    sql: `SELECT d.origin, d.day, d.flights FROM airport_days d
          WHERE d.flights = (SELECT max(e.flights) FROM airport_days e WHERE e.origin = d.origin)
          AND d.flights > 500`,
  },
  {
    name: "exists and not exists",
    sql: `SELECT DISTINCT d.origin FROM airport_days d
          WHERE EXISTS (SELECT 1 FROM flights f WHERE f.origin = d.origin AND f.delay > 900)
          AND NOT EXISTS (SELECT 1 FROM flights f WHERE f.origin = d.origin AND f.distance > 2700)`,
  },
  {
    name: "in a subquery, and not in one",
    sql: `SELECT count(*) AS n FROM flights
          WHERE origin IN (SELECT origin FROM airport_days WHERE flights > 500)
          AND destination NOT IN (SELECT origin FROM airport_days WHERE flights > 500)`,
  },
  {
    name: "subquery in the select list",
    sql: `SELECT origin_state AS state, count(*) * 100.0 / (SELECT count(*) FROM birdstrikes) AS share
          FROM birdstrikes GROUP BY origin_state`,
  },
  {
    name: "common table expressions that build on each other",
    sql: `WITH days AS (SELECT date_trunc('day', time) AS day, count(*) AS n FROM flights GROUP BY 1),
          ranked AS (SELECT day, n, rank() OVER (ORDER BY n DESC) AS place FROM days)
          SELECT day, n, place FROM ranked WHERE place <= 10`,
  },
  {
    name: "recursive common table expression",
    sql: `WITH RECURSIVE numbers AS (SELECT 1 AS n, 1 AS factorial
          UNION ALL SELECT n + 1, factorial * (n + 1) FROM numbers WHERE n < 10)
          SELECT n, factorial FROM numbers ORDER BY n`,
    ordered: true,
  },
  {
    name: "union all",
    sql: `SELECT 'from' AS way, origin AS code, count(*) AS n FROM flights WHERE delay > 400 GROUP BY origin
          UNION ALL SELECT 'to', destination, count(*) FROM flights WHERE delay > 400 GROUP BY destination`,
  },
  {
    name: "union removes duplicates",
    sql: `SELECT origin AS code FROM flights WHERE distance > 2500
          UNION SELECT destination FROM flights WHERE distance > 2500`,
  },
  {
    name: "intersect",
    sql: `SELECT origin AS code FROM flights WHERE delay > 700
          INTERSECT SELECT destination FROM flights WHERE delay > 700`,
  },
  {
    name: "except",
    sql: `SELECT origin AS code FROM flights WHERE delay > 500
          EXCEPT SELECT destination FROM flights WHERE delay > 500`,
  },
  {
    name: "union all of whole tables under an aggregate",
    sql: `SELECT count(*) AS n, sum(x) AS total FROM (
          SELECT delay AS x FROM flights UNION ALL SELECT flights FROM airport_days
          UNION ALL SELECT cost_total FROM birdstrikes) AS everything`,
  },
];
