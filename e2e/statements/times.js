// Dates, times and intervals.
export const times = [
  {
    name: "truncation to each calendar grain",
    sql: `SELECT date_trunc('year', time) AS y, date_trunc('quarter', time) AS q, date_trunc('month', time) AS m,
          date_trunc('week', time) AS w, count(*) AS n FROM flights GROUP BY 1, 2, 3, 4`,
  },
  {
    name: "truncation to the hour with an order",
    sql: `SELECT date_trunc('hour', time) AS hour, count(*) AS n FROM flights
          WHERE origin = 'SFO' AND time < TIMESTAMP '2001-01-08' GROUP BY 1 ORDER BY 1`,
    ordered: true,
  },
  {
    name: "parts of a time",
    sql: `SELECT date_part('dow', time) AS weekday, extract(hour FROM time) AS hour, count(*) AS n
          FROM flights GROUP BY 1, 2`,
  },
  {
    name: "year, quarter, week, day of year and epoch",
    sql: `SELECT DISTINCT date_part('year', day) AS y, date_part('quarter', day) AS q, date_part('week', day) AS w,
          date_part('doy', day) AS d, date_part('epoch', day) AS e FROM airport_days WHERE origin = 'ATL'`,
  },
  {
    name: "interval arithmetic",
    sql: `SELECT count(*) AS n, min(time + INTERVAL '1 month') AS month_later, max(time - INTERVAL '36 hours') AS before
          FROM flights WHERE time >= TIMESTAMP '2001-06-30' - INTERVAL '7 days'`,
  },
  {
    name: "comparison with literals of date and timestamp",
    sql: `SELECT count(*) AS n FROM flights
          WHERE time >= DATE '2001-02-28' AND time < TIMESTAMP '2001-03-01 12:30:00'`,
  },
  {
    name: "times written in a format",
    sql: `SELECT to_char(time, '%Y-%m') AS month, count(*) AS n FROM flights GROUP BY 1`,
    oracle: `SELECT strftime(time, '%Y-%m') AS month, count(*) AS n FROM flights GROUP BY 1`,
  },
  {
    name: "dates from text and parts",
    sql: `SELECT CAST('2001-02-03' AS DATE) AS a, make_date(2004, 2, 29) AS b,
          to_timestamp('2001-02-03T04:05:06') AS c, to_date('03/02/2001', '%d/%m/%Y') AS d`,
    oracle: `SELECT CAST('2001-02-03' AS DATE) AS a, make_date(2004, 2, 29) AS b,
             TIMESTAMPTZ '2001-02-03 04:05:06+00' AS c, DATE '2001-02-03' AS d`,
  },
  {
    name: "bins of fifteen minutes",
    sql: `SELECT date_bin(INTERVAL '15 minutes', time, TIMESTAMP '2001-01-01') AS bin, count(*) AS n
          FROM flights WHERE time < TIMESTAMP '2001-01-03' GROUP BY 1`,
    oracle: `SELECT time_bucket(INTERVAL '15 minutes', time, TIMESTAMP '2001-01-01') AS bin, count(*) AS n
             FROM flights WHERE time < TIMESTAMP '2001-01-03' GROUP BY 1`,
  },
  {
    name: "birds by month of the year",
    sql: `SELECT date_part('month', flight_date) AS month, wildlife_size, count(*) AS n
          FROM birdstrikes GROUP BY 1, 2`,
  },
];
