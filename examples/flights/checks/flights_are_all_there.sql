/* @ingest
description: Joining airports neither loses nor doubles a flight.
*/
SELECT raw.flights AS raw_flights, gold.flights AS gold_flights
FROM (SELECT count(*) AS flights FROM source.flights) AS raw
CROSS JOIN (SELECT count(*) AS flights FROM gold.flights) AS gold
WHERE raw.flights <> gold.flights
