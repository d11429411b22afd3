// Window functions and their frames.
export const windows = [
  {
    name: "rank, dense_rank and row_number",
    sql: `SELECT origin, n, rank() OVER (ORDER BY n DESC) AS r, dense_rank() OVER (ORDER BY n DESC) AS d,
          row_number() OVER (ORDER BY n DESC, origin) AS i
          FROM (SELECT origin, count(*) AS n FROM airport_days GROUP BY origin) AS counted`,
  },
  {
    name: "lag and lead with a default",
    sql: `SELECT day, flights, lag(flights) OVER (ORDER BY day) AS yesterday,
          lead(flights, 7, 0) OVER (ORDER BY day) AS in_a_week
          FROM airport_days WHERE origin = 'ATL' ORDER BY day`,
    ordered: true,
  },
  {
    name: "moving mean over rows",
    sql: `SELECT origin, day, avg(mean_delay) OVER (PARTITION BY origin ORDER BY day
          ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week
          FROM airport_days WHERE origin IN ('ATL', 'ORD', 'SFO')`,
  },
  {
    name: "moving sum over a range of days",
    sql: `SELECT day, sum(flights) OVER (ORDER BY day
          RANGE BETWEEN INTERVAL '3 days' PRECEDING AND INTERVAL '3 days' FOLLOWING) AS week
          FROM airport_days WHERE origin = 'BOS'`,
  },
  {
    name: "running total and share of the whole",
    sql: `SELECT day, sum(flights) OVER (ORDER BY day) AS so_far,
          flights * 1.0 / sum(flights) OVER () AS share FROM airport_days WHERE origin = 'SEA'`,
  },
  {
    name: "first, last and nth value",
    sql: `SELECT DISTINCT origin, first_value(flights) OVER w AS first_day, last_value(flights) OVER w AS last_day,
          nth_value(flights, 3) OVER w AS third_day FROM airport_days WHERE origin < 'B'
          WINDOW w AS (PARTITION BY origin ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`,
  },
  {
    name: "ntile, percent_rank and cume_dist",
    sql: `SELECT day, ntile(4) OVER (ORDER BY flights, day) AS quarter,
          percent_rank() OVER (ORDER BY flights) AS p, cume_dist() OVER (ORDER BY flights) AS c
          FROM airport_days WHERE origin = 'DEN'`,
  },
  {
    name: "top three of each group by a filtered window",
    sql: `SELECT origin_state AS state, species, n FROM (
          SELECT origin_state, wildlife_species AS species, count(*) AS n,
          row_number() OVER (PARTITION BY origin_state ORDER BY count(*) DESC, wildlife_species) AS place
          FROM birdstrikes GROUP BY origin_state, wildlife_species) AS ranked WHERE place <= 3`,
  },
  {
    name: "qualify",
    sql: `SELECT origin, day, flights FROM airport_days
          QUALIFY row_number() OVER (PARTITION BY origin ORDER BY flights DESC, day) = 1`,
  },
  {
    name: "window over the flights of one airport",
    sql: `SELECT max(place) AS last, count(*) AS n FROM (
          SELECT rank() OVER (PARTITION BY origin ORDER BY delay) AS place FROM flights WHERE origin = 'ORD') AS ranked`,
  },
];
