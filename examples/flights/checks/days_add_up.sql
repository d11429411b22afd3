/* @ingest
description: The departures of all days are all flights.
*/
SELECT days.flights AS flights_of_days, total.flights AS flights_in_all
FROM (SELECT sum(flights) AS flights FROM gold.airport_days) AS days
CROSS JOIN (SELECT count(*) AS flights FROM gold.flights) AS total
WHERE days.flights <> total.flights
