/* @ingest
description: Zones of the invented taxi trips, with the borough that each lies in.
cluster_by: [zone]
columns:
  zone: {description: As pickup_zone and dropoff_zone have it., role: dimension}
  district: {description: The zone's name without its number., role: dimension}
  borough: {description: One of five., role: dimension}
checks:
  - unique: zone
*/
-- The names that `ingest generate taxi` draws from.
SELECT
    district || ' ' || (i // 13 + 1) AS zone,
    district,
    ['Centre', 'East', 'North', 'South', 'West'][i % 13 % 5 + 1] AS borough
FROM (
    SELECT
        i,
        ['Abbey', 'Bridge', 'Canal', 'Dock', 'East', 'Forge', 'Garden', 'Harbour', 'Island', 'Market', 'North',
            'Old Town', 'Station'][i % 13 + 1] AS district
    FROM range(262) AS numbers(i)
)
