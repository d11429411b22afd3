/* @ingest
description: Airports, one row for each IATA code.
checks:
  - unique: iata
  - not_null: [iata, name, latitude, longitude]
  - accepted_range: {column: latitude, min: -90, max: 90}
  - accepted_range: {column: longitude, min: -180, max: 180}
*/
SELECT
    iata,
    trim(name) AS name,
    -- The file writes NA where city and state are not known.
    nullif(trim(city), 'NA') AS city,
    nullif(trim(state), 'NA') AS state,
    country,
    latitude,
    longitude
FROM source.airports
