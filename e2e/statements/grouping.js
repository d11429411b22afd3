// Grouping and aggregates.
export const grouping = [
  {
    name: "rollup",
    sql: `SELECT phase_of_flight AS phase, wildlife_size AS size, count(*) AS n, sum(cost_total) AS cost
          FROM birdstrikes GROUP BY ROLLUP (phase_of_flight, wildlife_size)`,
  },
  {
    name: "cube",
    sql: `SELECT time_of_day, wildlife_size, max(cost_total) AS worst
          FROM birdstrikes GROUP BY CUBE (time_of_day, wildlife_size)`,
  },
  {
    name: "grouping sets and grouping()",
    sql: `SELECT origin_state, wildlife_size, grouping(origin_state) AS all_states, count(*) AS n
          FROM birdstrikes GROUP BY GROUPING SETS ((origin_state), (wildlife_size), ())`,
  },
  {
    name: "distinct",
    sql: "SELECT DISTINCT phase_of_flight, time_of_day FROM birdstrikes",
  },
  {
    name: "distinct on",
    sql: `SELECT DISTINCT ON (origin) origin, day, flights FROM airport_days
          ORDER BY origin, flights DESC, day`,
    ordered: true,
  },
  {
    name: "having",
    sql: `SELECT destination, avg(delay) AS mean FROM flights GROUP BY destination
          HAVING count(*) > 50000 AND avg(delay) > 8`,
  },
  {
    name: "filter clause",
    sql: `SELECT origin_state AS state, count(*) AS n, count(*) FILTER (WHERE cost_total > 0) AS costly,
          sum(cost_total) FILTER (WHERE wildlife_size = 'Large') AS large FROM birdstrikes GROUP BY origin_state`,
  },
  {
    name: "group by an expression with two keys and 20 thousand groups",
    sql: `SELECT origin, destination, date_part('month', time) AS month, count(*) AS n, sum(delay) AS delay
          FROM flights GROUP BY origin, destination, date_part('month', time)`,
  },
  {
    name: "counting distinct values",
    sql: `SELECT count(DISTINCT origin) AS origins, count(DISTINCT destination) AS destinations,
          count(DISTINCT distance) AS distances FROM flights`,
  },
  {
    name: "approximate count of distinct values",
    sql: "SELECT approx_distinct(distance) AS n FROM flights",
    oracle: "SELECT count(DISTINCT distance) AS n FROM flights",
    tolerance: 0.05,
  },
  {
    name: "median and exact percentile",
    sql: `SELECT origin, median(CAST(delay AS DOUBLE)) AS middle,
          percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(delay AS DOUBLE)) AS p90
          FROM flights WHERE origin IN ('ATL', 'BUR', 'PDX') GROUP BY origin`,
  },
  {
    name: "approximate percentile",
    sql: "SELECT approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY distance) AS middle FROM flights",
    oracle: "SELECT median(distance) AS middle FROM flights",
    tolerance: 0.02,
  },
  {
    name: "standard deviation, variance, correlation, regression",
    sql: `SELECT stddev(delay) AS s, stddev_pop(delay) AS sp, var_samp(distance) AS v,
          corr(delay, distance) AS r, covar_samp(delay, distance) AS c, regr_slope(delay, distance) AS slope
          FROM flights`,
  },
  {
    name: "aggregates of nothing but nulls",
    sql: `SELECT count(speed_ias_in_knots) AS n, sum(speed_ias_in_knots) AS s, min(speed_ias_in_knots) AS low,
          avg(speed_ias_in_knots) AS mean FROM birdstrikes WHERE speed_ias_in_knots IS NULL`,
  },
  {
    name: "aggregates of no rows at all",
    sql: "SELECT count(*) AS n, sum(delay) AS s, max(origin) AS m FROM flights WHERE delay > 100000",
  },
  {
    name: "boolean and bit aggregates",
    sql: `SELECT bool_and(delay > -2000) AS all_of, bool_or(delay > 1600) AS any_of, bit_and(distance) AS bits
          FROM flights`,
  },
];
