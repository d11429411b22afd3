/* @ingest
description: Bird strikes with the reporting codes for damage spelled out.
checks:
  - not_null: [flight_date, cost_total]
*/
SELECT * REPLACE (
    CASE effect_amount_of_damage
        WHEN 'B' THEN 'Unknown'
        WHEN 'C' THEN 'Unknown'
        ELSE effect_amount_of_damage
    END AS effect_amount_of_damage,
    -- An asterisk marks airlines that merged later.
    trim(aircraft_airline_operator, '* ') AS aircraft_airline_operator
)
FROM source.birdstrikes
