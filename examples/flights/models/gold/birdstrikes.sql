/* @ingest
description: Collisions of aircraft with birds, 1990 to 2002, with what they cost.
cluster_by: [flight_date]
columns:
  airport_name: {description: Airport near which it happened., role: dimension}
  aircraft_make_model: {description: Aircraft., role: dimension}
  effect_amount_of_damage: {description: How bad the damage was., role: dimension}
  flight_date: {description: Day of the flight., role: time}
  aircraft_airline_operator: {description: Who flew., role: dimension}
  origin_state: {description: State of departure., role: dimension}
  phase_of_flight: {description: What the aircraft was doing., role: dimension}
  wildlife_size: {description: "Small, medium or large.", role: dimension}
  wildlife_species: {description: What it hit., role: dimension}
  time_of_day: {description: "Dawn, day, dusk or night.", role: dimension}
  cost_other: {description: US dollars besides repair., role: measure}
  cost_repair: {description: US dollars for repair., role: measure}
  cost_total: {description: US dollars in all., role: measure}
  speed_ias_in_knots: {description: Indicated air speed., role: measure}
checks:
  - not_null: [airport_name, flight_date, cost_total]
  - accepted_values: {column: wildlife_size, values: [Small, Medium, Large]}
  - accepted_values: {column: time_of_day, values: [Dawn, Day, Dusk, Night]}
  - accepted_range: {column: flight_date, min: "1990-01-01", max: "2002-12-31"}
  - accepted_range: {column: speed_ias_in_knots, min: 0, max: 500}
  # A warning is told and kept with the table, and does not keep it from being published.
  - accepted_range: {column: cost_total, min: 0, max: 10000000}
    severity: warn
*/
SELECT * FROM silver.birdstrikes
