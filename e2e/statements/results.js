// The shape of results: order, limits, values without a table, emptiness.
export const results = [
  {
    name: "values",
    sql: "VALUES (1, 'one'), (2, NULL), (3, 'three')",
    oracle: "SELECT * FROM (VALUES (1, 'one'), (2, NULL), (3, 'three')) AS v(column1, column2)",
  },
  {
    name: "nulls first",
    sql: `SELECT DISTINCT speed_ias_in_knots AS speed FROM birdstrikes ORDER BY speed DESC NULLS FIRST LIMIT 5`,
    ordered: true,
  },
  {
    name: "nulls last",
    sql: `SELECT DISTINCT speed_ias_in_knots AS speed FROM birdstrikes ORDER BY speed NULLS LAST`,
    ordered: true,
  },
  {
    name: "limit and offset",
    sql: `SELECT origin, day, flights FROM airport_days ORDER BY flights DESC, origin, day LIMIT 7 OFFSET 1000`,
    ordered: true,
  },
  {
    name: "the latest flights of three million, sorted",
    sql: `SELECT delay, time, origin, destination FROM flights
          ORDER BY delay DESC, time, origin, destination LIMIT 100`,
    ordered: true,
  },
  {
    name: "an empty result keeps its columns",
    sql: "SELECT time, delay, origin FROM flights WHERE origin = 'nowhere'",
  },
  {
    name: "names in any case, and quoted ones",
    sql: `SELECT ORIGIN AS "Von / Ab", Count(*) AS "n ""quoted""" FROM Flights WHERE Delay > 900 GROUP BY Origin`,
    oracle: `SELECT origin AS "Von / Ab", count(*) AS "n ""quoted""" FROM flights WHERE delay > 900 GROUP BY origin`,
  },
  {
    name: "whole rows of the widest table",
    sql: `SELECT * FROM birdstrikes WHERE flight_date < DATE '1991-06-01'`,
  },
  {
    name: "a trailing semicolon and comments",
    sql: "-- how many\nSELECT /* all of */ count(*) AS n FROM birdstrikes;",
  },
];
