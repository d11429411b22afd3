// Statements that engines are known to answer wrongly without a word. An answer must be right; a refusal is fine.
const sides = "(VALUES ('a', 1), ('b', 2)) AS l(k, x)";
const others = "(VALUES ('b', 3), ('c', 4)) AS r(k, y)";

export const hazards = [
  { name: "the merged column of a right join", sql: `SELECT k, x, y FROM ${sides} RIGHT JOIN ${others} USING (k)` },
  { name: "the merged column of a full join", sql: `SELECT k, x, y FROM ${sides} FULL JOIN ${others} USING (k)` },
  { name: "all columns of a full join with using", sql: `SELECT * FROM ${sides} FULL JOIN ${others} USING (k)` },
  { name: "a natural full join", sql: `SELECT * FROM ${sides} NATURAL FULL JOIN ${others}` },
  {
    name: "intersect all",
    sql: `SELECT origin FROM flights WHERE delay > 600
          INTERSECT ALL SELECT destination FROM flights WHERE delay > 600`,
  },
  {
    name: "except all",
    sql: `SELECT origin FROM flights WHERE delay > 700
          EXCEPT ALL SELECT destination FROM flights WHERE delay > 700`,
  },
  {
    name: "a sample",
    sql: "SELECT count(*) < 3000000 AS is_sampled FROM flights TABLESAMPLE (1 PERCENT)",
    oracle: "SELECT true AS is_sampled",
  },
  {
    name: "not in a list with null",
    sql: "SELECT x FROM (VALUES (1), (2)) AS t(x) WHERE x NOT IN (SELECT * FROM (VALUES (1), (NULL)) AS u(y))",
  },
  {
    name: "a correlated count of nothing",
    sql: `SELECT k, (SELECT count(*) FROM ${others} WHERE r.k = l.k) AS n FROM ${sides}`,
  },
  {
    name: "distinct aggregates beside others under a filter",
    sql: `SELECT count(DISTINCT wildlife_size) AS d, count(*) AS n, count(DISTINCT phase_of_flight) FILTER (WHERE
          cost_total > 0) AS f FROM birdstrikes`,
  },
  { name: "like with an escape", sql: "SELECT '100%' LIKE '100\\%' ESCAPE '\\' AS a, '1000' LIKE '100!%' ESCAPE '!' AS b" },
];
