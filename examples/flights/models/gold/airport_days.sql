/* @ingest
description: Departures of each airport and day, and how late they were.
cluster_by: [day, origin]
columns:
  day: {description: Day of departure., role: time}
  origin: {description: IATA code of the airport., role: dimension}
  city: {description: City of the airport., role: dimension}
  state: {description: State of the airport., role: dimension}
  flights: {description: Departures., role: measure}
  mean_delay: {description: Mean minutes late., role: measure}
  p90_delay: {description: Minutes late that nine of ten flights stayed below., role: measure}
  share_late: {description: Share of flights more than 15 minutes late., role: measure}
checks:
  - unique: [origin, day]
  - not_null: [origin, day, flights, mean_delay]
  - accepted_range: {column: flights, min: 1}
  - accepted_range: {column: share_late, min: 0, max: 1}
  - relationships: {column: origin, to: silver.airports, field: iata}
*/
SELECT
    time::DATE AS day,
    origin,
    any_value(origin_city) AS city,
    any_value(origin_state) AS state,
    count(*) AS flights,
    avg(delay) AS mean_delay,
    quantile_cont(delay, 0.9) AS p90_delay,
    count(*) FILTER (delay > 15) / count(*) AS share_late
FROM gold.flights
GROUP BY day, origin
