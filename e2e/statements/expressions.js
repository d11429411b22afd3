// Text, numbers, conditions, casts and nested values.
export const expressions = [
  {
    name: "text functions",
    sql: `SELECT DISTINCT airport_name AS a, upper(airport_name) AS b, lower(airport_name) AS c,
          substr(airport_name, 3, 5) AS d, split_part(airport_name, ' ', 2) AS e, char_length(airport_name) AS f,
          replace(airport_name, 'INTL', 'International') AS g, reverse(airport_name) AS h,
          lpad(airport_name, 40, '.') AS i, strpos(airport_name, 'A') AS j,
          concat(airport_name, '/', origin_state) AS k, airport_name || '!' AS l, trim('  x ') AS m
          FROM birdstrikes`,
    oracle: `SELECT DISTINCT airport_name AS a, upper(airport_name) AS b, lower(airport_name) AS c,
             substr(airport_name, 3, 5) AS d, split_part(airport_name, ' ', 2) AS e, length(airport_name) AS f,
             replace(airport_name, 'INTL', 'International') AS g, reverse(airport_name) AS h,
             lpad(airport_name, 40, '.') AS i, strpos(airport_name, 'A') AS j,
             concat(airport_name, '/', origin_state) AS k, airport_name || '!' AS l, trim('  x ') AS m
             FROM birdstrikes`,
  },
  {
    name: "like and ilike",
    sql: `SELECT wildlife_species AS species, count(*) AS n FROM birdstrikes
          WHERE wildlife_species LIKE '%hawk%' OR wildlife_species ILIKE 'CANADA%' GROUP BY 1`,
  },
  {
    name: "regular expressions",
    sql: `SELECT DISTINCT aircraft_make_model AS model, regexp_replace(aircraft_make_model, '[0-9]+', '#', 'g') AS masked
          FROM birdstrikes WHERE regexp_like(aircraft_make_model, '^B-7[0-9]7-[2-4]00$')`,
    oracle: `SELECT DISTINCT aircraft_make_model AS model,
             regexp_replace(aircraft_make_model, '[0-9]+', '#', 'g') AS masked
             FROM birdstrikes WHERE regexp_matches(aircraft_make_model, '^B-7[0-9]7-[2-4]00$')`,
  },
  {
    name: "text beyond ASCII",
    sql: `SELECT upper('straße é') AS u, char_length('naïve 🐦') AS n, substr('日本語', 2, 1) AS s, 'é' < 'f' AS c`,
    oracle: `SELECT 'STRASSE É' AS u, length('naïve 🐦') AS n, substr('日本語', 2, 1) AS s, 'é' < 'f' AS c`,
  },
  {
    name: "case, coalesce, nullif, greatest and least",
    sql: `SELECT CASE WHEN delay < 0 THEN 'early' WHEN delay < 15 THEN 'in time' ELSE 'late' END AS class,
          count(*) AS n, max(greatest(delay, distance)) AS g, min(least(delay, distance)) AS l,
          count(nullif(origin, 'ATL')) AS not_atlanta, max(coalesce(NULL, delay, 0)) AS c FROM flights GROUP BY 1`,
  },
  {
    name: "null logic",
    sql: `SELECT NULL = NULL AS a, NULL IS NOT DISTINCT FROM NULL AS b, 1 IN (2, NULL) AS c,
          NOT (1 IN (1, NULL)) AS d, NULL AND false AS e, NULL OR true AS f`,
  },
  {
    name: "numeric functions",
    sql: `SELECT DISTINCT distance AS x, abs(-distance) AS a, round(distance / 7.0, 2) AS b, floor(distance / 7.0) AS c,
          ceil(distance / 7.0) AS d, sqrt(CAST(distance AS DOUBLE)) AS e, ln(CAST(distance AS DOUBLE)) AS f,
          power(CAST(distance AS DOUBLE), 2) AS g, distance % 7 AS h, sin(CAST(distance AS DOUBLE)) AS i
          FROM flights WHERE distance > 2000`,
  },
  {
    name: "integers divide as integers",
    sql: "SELECT 7 / 2 AS a, -7 / 2 AS b, 7 / 2.0 AS c, 7 % -3 AS d",
    oracle: "SELECT 7 // 2 AS a, -3 AS b, 7 / 2.0 AS c, 7 % -3 AS d",
  },
  {
    name: "decimals are exact",
    sql: `SELECT CAST('0.1' AS DECIMAL(10, 2)) + CAST('0.2' AS DECIMAL(10, 2)) AS a,
          sum(CAST(cost_total AS DECIMAL(20, 2)) / 100) > 0 AS b,
          sum(CAST(cost_repair AS DECIMAL(18, 3))) AS c, CAST('12345678901234567890.12' AS DECIMAL(38, 2)) AS d
          FROM birdstrikes`,
  },
  {
    name: "integers beyond what a float holds",
    sql: `SELECT CAST(9007199254740993 AS BIGINT) AS a, 9223372036854775807 AS b,
          CAST('18446744073709551615' AS BIGINT UNSIGNED) AS c, 9007199254740992 + 1 AS d`,
    oracle: `SELECT CAST(9007199254740993 AS BIGINT) AS a, 9223372036854775807 AS b,
             CAST('18446744073709551615' AS UBIGINT) AS c, 9007199254740992 + 1 AS d`,
    exact: true,
  },
  {
    name: "casts",
    sql: `SELECT CAST('12' AS INT) AS a, '1.5'::DOUBLE AS b, CAST(true AS INT) AS c, CAST(delay AS VARCHAR) AS d,
          try_cast('x' AS INT) AS e, CAST(time AS DATE) AS f FROM flights WHERE delay > 1200`,
  },
  {
    name: "not a number and infinity",
    sql: `SELECT CAST('NaN' AS DOUBLE) AS a, CAST('inf' AS DOUBLE) AS b, CAST('-inf' AS DOUBLE) AS c, -0.0 = 0.0 AS d`,
  },
  {
    name: "arrays and unnest",
    sql: `SELECT part, count(*) AS n FROM (
          SELECT unnest(string_to_array(airport_name, ' ')) AS part FROM birdstrikes) AS parts GROUP BY part`,
    oracle: `SELECT part, count(*) AS n FROM (
             SELECT unnest(string_split(airport_name, ' ')) AS part FROM birdstrikes) AS parts GROUP BY part`,
  },
  {
    name: "ordered aggregation into arrays and text",
    sql: `SELECT wildlife_size AS size, array_agg(DISTINCT phase_of_flight ORDER BY phase_of_flight) AS phases,
          string_agg(DISTINCT time_of_day, ', ' ORDER BY time_of_day) AS daytimes FROM birdstrikes GROUP BY 1`,
  },
  {
    name: "array functions",
    sql: `SELECT ARRAY[3, 1, 2] AS a, array_length(ARRAY[1, 2]) AS b, array_sort(ARRAY[3, 1, 2]) AS c,
          array_to_string(ARRAY['x', 'y'], '-') AS d, array_has(ARRAY[1, 2], 2) AS e`,
    oracle: `SELECT [3, 1, 2] AS a, 2 AS b, [1, 2, 3] AS c, 'x-y' AS d, true AS e`,
  },
  {
    name: "structs",
    sql: "SELECT named_struct('code', 'ATL', 'hub', true) AS s, named_struct('a', 1)['a'] AS a",
    oracle: "SELECT {'code': 'ATL', 'hub': true} AS s, 1 AS a",
  },
];
