-- Made by `ingest generate simple --rows {rows}`.
SELECT
  hash(i * 10 + j) AS id,
  j % 2 = 1 AS is_odd
FROM (SELECT n // 50_000 + 1 AS i, n % 50_000 + 1 AS j FROM range({rows}) AS numbers(n)) AS rows
