//! Statements and what their columns are made of.

/// Statements and what their columns are made of, as [`traced`] writes it, with ` | ` between columns.
pub(super) const CASES: &[(&str, &str)] = &[
    // Names, aliases, expressions.
    (
        "SELECT a, t.b, source.t.k AS kk FROM source.t",
        "a: t.a | b: t.b | kk: t.k",
    ),
    ("SELECT A AS \"Big\" FROM t AS T", "Big: t.a"),
    ("SELECT \"d E\" AS x, u.\"D e\" FROM u", "x: u.D e | D e: u.D e"),
    (
        "SELECT 1 AS one, now() AS at, 'x' || a AS x FROM t",
        "one: | at: | x: t.a",
    ),
    (
        "SELECT a::VARCHAR, -a, a + b FROM t",
        "CAST(a AS VARCHAR): t.a | -(a): t.a | (a + b): t.a t.b",
    ),
    (
        "SELECT CASE WHEN k > 1 THEN a ELSE b END AS x FROM t",
        "x: t.a t.b t.k",
    ),
    (
        "SELECT a BETWEEN b AND 3 AS x, a IS NULL AS n, a IN (1, k) AS i FROM t",
        "x: t.a t.b | n: t.a | i: t.a t.k",
    ),
    ("SELECT double(a) AS x FROM t", "x: t.a"),
    ("FROM t SELECT a WHERE b > 1 ORDER BY k", "a: t.a"),
    ("SELECT DISTINCT ON (k) a FROM t ORDER BY b LIMIT 1", "a: t.a"),
    (
        "SELECT TRY_CAST(a AS DATE) x, INTERVAL (b) DAY AS i FROM (SELECT a::VARCHAR AS a, b FROM t)",
        "x: t.a | i: t.b",
    ),
    // Aggregates and windows: everything in the expression counts, what groups the rows does not.
    (
        "SELECT k, count(*) AS n, sum(a) FILTER (b > 1) AS s FROM t GROUP BY k",
        "k: t.k | n: | s: t.a t.b",
    ),
    ("SELECT max(a) FROM t GROUP BY b HAVING min(k) > 0", "max(a): t.a"),
    (
        "SELECT sum(a) OVER (PARTITION BY k ORDER BY b) AS s, row_number() OVER w AS n FROM t WINDOW w AS (ORDER BY a)",
        "s: t.a t.b t.k | n: t.a",
    ),
    ("SELECT string_agg(a, ',' ORDER BY b) AS x FROM t", "x: t.a t.b"),
    // Stars.
    ("SELECT * FROM u", "k: u.k | c: u.c | D e: u.D e"),
    ("FROM u", "k: u.k | c: u.c | D e: u.D e"),
    (
        "SELECT * EXCLUDE (k) REPLACE (c + k AS c) RENAME (\"D e\" AS d) FROM u",
        "c: u.c u.k | d: u.D e",
    ),
    (
        "SELECT u.*, v.z FROM u, v",
        "k: u.k | c: u.c | D e: u.D e | z: gold.v.z",
    ),
    (
        "SELECT * EXCLUDE (u.k, \"D e\") FROM v, u",
        "k: gold.v.k | a: gold.v.a | z: gold.v.z | c: u.c",
    ),
    (
        "SELECT *, c AS again FROM u",
        "k: u.k | c: u.c | D e: u.D e | again: u.c",
    ),
    ("SELECT s.* FROM t", "x: t.s | y: t.s"),
    (
        "SELECT COLUMNS(*) FROM v",
        "k: gold.v.k | a: gold.v.a | z: gold.v.z",
    ),
    (
        "SELECT max(COLUMNS(* EXCLUDE (k))) FROM v",
        "a: gold.v.a | z: gold.v.z",
    ),
    (
        "SELECT * FROM (SELECT COLUMNS(*) + c AS x, 1 AS y FROM u)",
        "x: u.c u.k | x_1: u.c | x_2: u.D e u.c | y:",
    ),
    (
        "SELECT k, COLUMNS('^(a|b)$'), l FROM t",
        "k: t.k | a: ? | b: ? | l: t.l",
    ),
    (
        "SELECT k, COLUMNS(c -> c IN ('a')), l FROM t",
        "k: t.k | a: ? | l: t.l",
    ),
    ("SELECT * LIKE 'a%' FROM t", "a: ?"),
    (
        "SELECT coalesce(*COLUMNS(* EXCLUDE (k))) AS x FROM v",
        "x: gold.v.a gold.v.z",
    ),
    // Structs, lists, JSON, lambdas.
    (
        "SELECT s.x, t.s.y, s['x'] AS z, source.t.s.x AS q FROM t",
        "x: t.s | y: t.s | z: t.s | q: t.s",
    ),
    (
        "SELECT {'p': a, 'q': b} AS r, struct_pack(n := k) AS m, [a, k] AS l FROM t",
        "r: t.a t.b | m: t.k | l: t.a t.k",
    ),
    ("SELECT t FROM v AS t", "t: gold.v.a gold.v.k gold.v.z"),
    (
        "SELECT j->'p' AS p, j->>'q' AS q, l[1] AS f FROM t",
        "p: t.j | q: t.j | f: t.l",
    ),
    (
        "SELECT list_transform(l, lambda a: a + b) AS x, list_filter(l, lambda e, i: e > k) AS y FROM t",
        "x: t.b t.l | y: t.k t.l",
    ),
    ("SELECT [a * 2 for a in l if a > b] AS x FROM t", "x: t.b t.l"),
    // Joins.
    (
        "SELECT * FROM t JOIN u USING (k)",
        "k: t.k u.k | a: t.a | b: t.b | s: t.s | l: t.l | j: t.j | c: u.c | D e: u.D e",
    ),
    (
        "SELECT k, u.k AS uk FROM t LEFT JOIN u USING (k)",
        "k: t.k u.k | uk: u.k",
    ),
    (
        "SELECT k FROM t JOIN u USING (k) FULL JOIN v USING (k)",
        "k: gold.v.k t.k u.k",
    ),
    (
        "SELECT * FROM u NATURAL JOIN v",
        "k: gold.v.k u.k | c: u.c | D e: u.D e | a: gold.v.a | z: gold.v.z",
    ),
    (
        "SELECT * FROM u SEMI JOIN v USING (k)",
        "k: u.k | c: u.c | D e: u.D e",
    ),
    (
        "SELECT u.* FROM u ANTI JOIN v ON v.k = u.k",
        "k: u.k | c: u.c | D e: u.D e",
    ),
    (
        "SELECT u.* FROM t JOIN u USING (k)",
        "k: u.k | c: u.c | D e: u.D e",
    ),
    (
        "SELECT x.a, y.a AS other FROM t x JOIN gold.v y ON x.b = y.z",
        "a: t.a | other: gold.v.a",
    ),
    (
        "SELECT * FROM u POSITIONAL JOIN (SELECT z FROM v)",
        "k: u.k | c: u.c | D e: u.D e | z: gold.v.z",
    ),
    (
        "SELECT k, c, z FROM u ASOF JOIN v USING (k)",
        "k: gold.v.k u.k | c: u.c | z: gold.v.z",
    ),
    (
        "SELECT q.m, c FROM u, LATERAL (SELECT u.c + v.a AS m FROM v) q",
        "m: gold.v.a u.c | c: u.c",
    ),
    ("SELECT rowid, t.rowid AS r, a FROM t", "rowid: ? | r: ? | a: t.a"),
    // Subqueries and common table expressions.
    (
        "SELECT x + y AS s FROM (SELECT a AS x, b FROM t) AS q(w, y), (SELECT k AS x FROM u)",
        "s: t.b u.k",
    ),
    (
        "SELECT (SELECT max(c) FROM u WHERE u.k = t.k) AS m, a IN (SELECT z FROM v) AS i FROM t",
        "m: u.c | i: gold.v.z t.a",
    ),
    (
        "SELECT EXISTS (SELECT 1 FROM u WHERE u.k = t.k) AS e FROM t",
        "e:",
    ),
    ("SELECT (SELECT a + c FROM u LIMIT 1) AS x FROM t", "x: t.a u.c"),
    ("SELECT ARRAY(SELECT c FROM u) AS x FROM t", "x: ?"),
    (
        "WITH p AS (SELECT a AS x FROM t), q(y, n) AS (SELECT x, 1 FROM p) SELECT y, n, p.x FROM q, p",
        "y: t.a | n: | x: t.a",
    ),
    ("WITH u AS (SELECT a AS k FROM t) SELECT k FROM u", "k: t.a"),
    ("WITH u AS (SELECT k + 1 AS k FROM u) SELECT k FROM u", "k: u.k"),
    (
        "WITH RECURSIVE r(n, m) AS (SELECT a, b FROM t UNION ALL SELECT n + 1, c FROM r, u WHERE n < 9) SELECT * FROM r",
        "n: t.a | m: t.b u.c",
    ),
    (
        "WITH RECURSIVE r(n, m) AS (SELECT a, b FROM t UNION ALL SELECT m, n FROM r WHERE n < 0) SELECT * FROM r",
        "n: t.a t.b | m: t.a t.b",
    ),
    (
        "SELECT * FROM (SELECT a, a, b AS a FROM t)",
        "a: t.a | a_1: t.a | a_2: t.b",
    ),
    ("SELECT a, b AS a, k FROM t", "a: ? | a: ? | k: t.k"),
    ("SELECT a_1 FROM (SELECT a, b AS a FROM t)", "a_1: t.b"),
    (
        "SELECT \"count_star()\" FROM (SELECT count(*) FROM t)",
        "count_star(): ?",
    ),
    // Aliases within a list: a column of the tables goes before.
    (
        "SELECT a + 1 AS n, n * b AS m, n AS o FROM t",
        "n: t.a | m: t.a t.b | o: t.a",
    ),
    ("SELECT b AS a, a AS x FROM t", "a: t.b | x: t.a"),
    (
        "SELECT a + 1 AS n, (SELECT n + c FROM u) AS m FROM t",
        "n: t.a | m: t.a u.c",
    ),
    // Set operations.
    (
        "SELECT a, 1 AS x FROM t UNION ALL SELECT c, k FROM u",
        "a: t.a u.c | x: u.k",
    ),
    ("SELECT a FROM t EXCEPT SELECT c FROM u", "a: t.a"),
    ("SELECT a FROM t INTERSECT SELECT c FROM u", "a: t.a u.c"),
    (
        "FROM u UNION ALL BY NAME FROM v",
        "k: gold.v.k u.k | c: u.c | D e: u.D e | a: gold.v.a | z: gold.v.z",
    ),
    (
        "SELECT a AS x FROM t UNION ALL SELECT k FROM u UNION ALL SELECT z FROM v",
        "x: gold.v.z t.a u.k",
    ),
    ("SELECT x FROM (SELECT a AS x FROM t UNION SELECT 1)", "x: t.a"),
    // Rows from nowhere, and from lists.
    ("VALUES (1, 'a')", "col0: | col1:"),
    (
        "SELECT x, y + a AS z FROM (VALUES (1, 2)) AS q(x, y), t",
        "x: | z: t.a",
    ),
    ("SELECT i, r.i + a AS x FROM range(3) r(i), t", "i: | x: t.a"),
    ("SELECT unnest(l) AS e, k FROM t", "e: t.l | k: t.k"),
    (
        "SELECT k, unnest(s), a FROM t",
        "k: t.k | x: t.s | y: t.s | a: t.a",
    ),
    (
        "SELECT unnest(l) AS e, unnest([k]) AS f FROM t",
        "e: t.l | f: t.k",
    ),
    (
        "SELECT k, e, n FROM t, unnest(t.l) WITH ORDINALITY AS q(e, n)",
        "k: t.k | e: t.l | n:",
    ),
    ("SELECT e FROM t, (SELECT unnest(t.l) AS e)", "e: t.l"),
    (
        "SELECT list_transform([(j->'p')::INTEGER], x -> x + k) AS x FROM t",
        "x: t.j t.k",
    ),
    // Several of these at once.
    (
        "SELECT * FROM t JOIN u USING (k) JOIN v USING (k)",
        "k: gold.v.k t.k u.k | a: ? | b: t.b | s: t.s | l: t.l | j: t.j | c: u.c | D e: u.D e | a: ? | z: gold.v.z",
    ),
    (
        "SELECT * EXCLUDE (k, a, s, l, j) FROM t JOIN u USING (k)",
        "b: t.b | c: u.c | D e: u.D e",
    ),
    (
        "SELECT * REPLACE (k + z AS k) FROM u JOIN v USING (k)",
        "k: gold.v.k gold.v.z u.k | c: u.c | D e: u.D e | a: gold.v.a | z: gold.v.z",
    ),
    (
        "SELECT * RENAME (k AS kk) FROM u JOIN (SELECT k, z FROM v) w USING (k)",
        "kk: gold.v.k u.k | c: u.c | D e: u.D e | z: gold.v.z",
    ),
    ("SELECT x.* EXCLUDE (p) FROM u AS x(p, q)", "q: u.c | D e: u.D e"),
    (
        "SELECT COLUMNS(*)::VARCHAR FROM u",
        "k: u.k | c: u.c | D e: u.D e",
    ),
    (
        "SELECT k, COLUMNS(u.*) FROM u JOIN v USING (k)",
        "k: ? | k: ? | c: u.c | D e: u.D e",
    ),
    (
        "WITH a AS (SELECT k FROM u), b AS (WITH a AS (SELECT z AS k FROM v) SELECT k FROM a) SELECT a.k, b.k AS l FROM a, b",
        "k: u.k | l: gold.v.z",
    ),
    (
        "SELECT (WITH q AS (SELECT max(c) AS m FROM u) SELECT m + t.a FROM q) AS x, q FROM t, (SELECT 1 AS q)",
        "x: t.a u.c | q:",
    ),
    (
        "SELECT s.k FROM (SELECT {'k': z} AS s FROM v) s, (SELECT c AS k FROM u) q",
        "k: gold.v.z",
    ),
    (
        "SELECT t.k FROM (SELECT {'k': z} AS t FROM v) q, (SELECT c AS k FROM u) t",
        "k: u.c",
    ),
    (
        "SELECT o.m FROM t, LATERAL (SELECT max(i.c) + t.b AS m FROM u i WHERE i.k = t.k) o",
        "m: t.b u.c",
    ),
    (
        "SELECT a, (SELECT a FROM v LIMIT 1) AS inner_a FROM t",
        "a: t.a | inner_a: gold.v.a",
    ),
    (
        "SELECT k, first(a ORDER BY b) AS f, list(z) AS zs FROM (SELECT t.*, z FROM t JOIN v USING (k)) GROUP BY ALL",
        "k: t.k | f: t.a t.b | zs: gold.v.z",
    ),
    (
        "SELECT a, row_number() OVER (PARTITION BY k ORDER BY b DESC) AS n FROM t QUALIFY n = 1",
        "a: t.a | n: t.b t.k",
    ),
    (
        "SELECT x FROM (SELECT a AS x FROM t UNION BY NAME SELECT c AS y, k AS x FROM u)",
        "x: t.a u.k",
    ),
    (
        "SELECT * FROM (SELECT k FROM t) POSITIONAL JOIN (SELECT c FROM u)",
        "k: t.k | c: u.c",
    ),
    ("SELECT max(x) AS x FROM (SELECT unnest(l) AS x FROM t)", "x: t.l"),
    ("SELECT x, y FROM (SELECT unnest(s) FROM t)", "x: ? | y: ?"),
    (
        "SELECT q.c + 1 AS n FROM (SELECT * FROM u) q JOIN (SELECT k, count(*) AS c2 FROM t GROUP BY k) r ON q.k = r.k",
        "n: u.c",
    ),
    (
        "SELECT list_reduce(l, (p, q) -> p + q + k) AS x FROM t",
        "x: t.k t.l",
    ),
    (
        "SELECT list_transform(l, x -> list_transform(l, y -> x + y + b)) AS x FROM t",
        "x: t.b t.l",
    ),
    (
        "SELECT name, value FROM (UNPIVOT (SELECT a, z FROM v) ON a, z INTO NAME name VALUE value)",
        "name: ? | value: ?",
    ),
    (
        "SELECT k, z FROM u NATURAL JOIN (PIVOT v ON a IN (8) USING sum(a))",
        "k: ? | z: ?",
    ),
    (
        "SELECT u.c, p.k FROM u JOIN (PIVOT v ON a IN (8) USING sum(a)) p USING (k)",
        "c: u.c | k: ?",
    ),
    (
        "SELECT grouping(k) AS g, k, sum(a) AS s FROM t GROUP BY ROLLUP (k)",
        "g: t.k | k: t.k | s: t.a",
    ),
    ("SELECT a FROM t TABLESAMPLE 100%", "a: t.a"),
    (
        "SELECT date_trunc('month', DATE '2024-01-01' + a) AS m, a AS \"m x\" FROM t",
        "m: t.a | m x: t.a",
    ),
    // What the parse tree does not settle.
    (
        "SELECT k, p.* FROM u, (PIVOT v ON k IN (1, 2) USING sum(a)) p",
        "k: u.k | z: ? | 1: ? | 2: ?",
    ),
    (
        "SELECT u.k, p.* FROM u, (PIVOT v ON k IN (1, 2) USING sum(a)) p",
        "k: u.k | z: ? | 1: ? | 2: ?",
    ),
    (
        "SELECT * FROM (SUMMARIZE v)",
        "column_name: ? | column_type: ? | min: ? | max: ? | approx_unique: ? | avg: ? | std: ? | q25: ? | q50: ? | q75: ? | count: ? | null_percentage: ?",
    ),
    ("SELECT name, c FROM u, duckdb_settings()", "name: ? | c: u.c"),
    ("SELECT #1 AS x, c FROM u", "x: ? | c: u.c"),
];
