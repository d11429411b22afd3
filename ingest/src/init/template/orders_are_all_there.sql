/* @ingest
description: Gold has as many orders as the raw files.
*/
-- A check returns the rows that are wrong: where none comes back, all is well. Several tables may take part.
SELECT raw.orders AS raw_orders, gold.orders AS gold_orders
FROM (SELECT count(*) AS orders FROM source.orders) AS raw
CROSS JOIN (SELECT count(*) AS orders FROM gold.orders) AS gold
WHERE raw.orders <> gold.orders
