/* @ingest
description: Domestic US flights from January to June 2001, with the places they connect.
cluster_by: [time]
columns:
  time: {description: "Departure, local time.", role: time}
  delay: {description: Minutes late; negative is early., role: measure}
  distance: {description: Miles flown., role: measure}
  origin: {description: IATA code of the airport of departure., role: dimension}
  origin_name: {description: Airport of departure., role: dimension}
  origin_city: {description: City of departure., role: dimension}
  origin_state: {description: State of departure., role: dimension}
  origin_latitude: {description: Degrees north., role: dimension}
  origin_longitude: {description: Degrees east., role: dimension}
  destination: {description: IATA code of the airport of arrival., role: dimension}
  destination_name: {description: Airport of arrival., role: dimension}
  destination_city: {description: City of arrival., role: dimension}
  destination_state: {description: State of arrival., role: dimension}
  destination_latitude: {description: Degrees north., role: dimension}
  destination_longitude: {description: Degrees east., role: dimension}
checks:
  - not_null: [time, delay, distance, origin, destination]
  - accepted_range: {column: time, min: "2001-01-01", max: "2001-07-01"}
  - accepted_range: {column: delay, min: -1440, max: 2880}
  - accepted_range: {column: distance, min: 1, max: 5000}
  - relationships: {column: origin, to: silver.airports, field: iata}
  - relationships: {column: destination, to: silver.airports, field: iata}
*/
SELECT
    flights.date AS time,
    flights.delay::SMALLINT AS delay,
    flights.distance::SMALLINT AS distance,
    flights.origin,
    departure.name AS origin_name,
    departure.city AS origin_city,
    departure.state AS origin_state,
    departure.latitude AS origin_latitude,
    departure.longitude AS origin_longitude,
    flights.destination,
    arrival.name AS destination_name,
    arrival.city AS destination_city,
    arrival.state AS destination_state,
    arrival.latitude AS destination_latitude,
    arrival.longitude AS destination_longitude
FROM source.flights
-- LEFT: a flight is a flight even where its airport is not known. The checks tell if that happens.
LEFT JOIN silver.airports AS departure ON departure.iata = flights.origin
LEFT JOIN silver.airports AS arrival ON arrival.iata = flights.destination
