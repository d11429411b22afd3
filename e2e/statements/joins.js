// Joins of every kind. `oracle` is given where DuckDB writes the same thing in other words.
export const joins = [
  {
    name: "inner join on two keys",
    sql: `SELECT f.origin, count(*) AS flights, max(d.flights) AS busiest_day
          FROM flights f JOIN airport_days d ON f.origin = d.origin AND date_trunc('day', f.time) = d.day
          WHERE f.distance > 2500 GROUP BY f.origin`,
  },
  {
    name: "left join keeps rows without a partner",
    sql: `SELECT a.origin, b.n FROM (SELECT DISTINCT origin FROM airport_days) a
          LEFT JOIN (SELECT origin, count(*) AS n FROM flights WHERE distance > 3000 GROUP BY origin) b
          ON a.origin = b.origin`,
  },
  {
    name: "full join keeps rows of both sides",
    sql: `SELECT l.origin AS l, r.destination AS r, l.n AS ln, r.n AS rn
          FROM (SELECT origin, count(*) AS n FROM flights WHERE delay > 600 GROUP BY origin) l
          FULL JOIN (SELECT destination, count(*) AS n FROM flights WHERE delay < -60 GROUP BY destination) r
          ON l.origin = r.destination`,
  },
  {
    name: "right join keeps rows without a partner",
    sql: `SELECT r.origin AS origin, l.n AS late, r.n AS early
          FROM (SELECT origin, count(*) AS n FROM flights WHERE delay > 600 GROUP BY origin) l
          RIGHT JOIN (SELECT origin, count(*) AS n FROM flights WHERE delay < -60 GROUP BY origin) r
          ON l.origin = r.origin`,
  },
  {
    name: "semi join",
    sql: `SELECT b.origin_state, count(*) AS strikes FROM birdstrikes b
          LEFT SEMI JOIN (SELECT DISTINCT origin_state FROM birdstrikes WHERE cost_total > 1000000) c
          ON b.origin_state = c.origin_state GROUP BY b.origin_state`,
    oracle: `SELECT b.origin_state, count(*) AS strikes FROM birdstrikes b
             SEMI JOIN (SELECT DISTINCT origin_state FROM birdstrikes WHERE cost_total > 1000000) c
             ON b.origin_state = c.origin_state GROUP BY b.origin_state`,
  },
  {
    name: "anti join",
    sql: `SELECT DISTINCT d.origin FROM airport_days d
          LEFT ANTI JOIN (SELECT origin FROM flights WHERE delay > 300) f ON d.origin = f.origin`,
    oracle: `SELECT DISTINCT d.origin FROM airport_days d
             ANTI JOIN (SELECT origin FROM flights WHERE delay > 300) f ON d.origin = f.origin`,
  },
  {
    name: "cross join",
    sql: `SELECT a.phase_of_flight AS phase, b.time_of_day AS daytime
          FROM (SELECT DISTINCT phase_of_flight FROM birdstrikes) a
          CROSS JOIN (SELECT DISTINCT time_of_day FROM birdstrikes) b`,
  },
  {
    name: "self join on an inequality",
    sql: `SELECT a.origin AS a, b.origin AS b, a.n AS n
          FROM (SELECT origin, count(*) AS n FROM airport_days GROUP BY origin) a
          JOIN (SELECT origin, count(*) AS n FROM airport_days GROUP BY origin) b
          ON a.n = b.n AND a.origin < b.origin WHERE a.n < 181`,
  },
  {
    name: "three tables joined",
    sql: `SELECT f.origin_state AS state, count(DISTINCT f.origin) AS airports, max(d.flights) AS busiest_day
          FROM flights f JOIN airport_days d ON d.origin = f.origin
          JOIN (VALUES ('ATL'), ('ORD'), ('LAX')) AS hubs(code) ON hubs.code = f.origin
          WHERE f.delay > 500 GROUP BY f.origin_state`,
  },
  {
    name: "join of a table with a few values",
    sql: `SELECT v.label, count(f.origin) AS flights
          FROM (VALUES ('east', 'JFK'), ('west', 'SFO'), ('none', 'XXX')) AS v(label, code)
          LEFT JOIN flights f ON f.origin = v.code AND f.delay > 120 GROUP BY v.label`,
  },
];
