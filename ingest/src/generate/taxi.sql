-- Made by `ingest generate taxi --rows {rows} --seed {seed}`.
WITH drawn AS (
  SELECT
    i,
    (i + draw(i, 0)) / {rows} * 365 AS day,
    draw(i, 1) * draw(i, 1) AS from_zone,
    draw(i, 2) * draw(i, 2) AS to_zone,
    round(0.6 + 24 * draw(i, 3) * draw(i, 3) * draw(i, 3), 2) AS distance_km,
    12 + 24 * draw(i, 4) AS km_per_hour,
    draw(i, 5) AS vendor,
    draw(i, 6) AS passengers,
    draw(i, 7) AS payment,
    draw(i, 8) AS tip,
    draw(i, 9) AS surcharge
  FROM range({rows}) AS rows(i)
),
timed AS (
  SELECT *, day - floor(day) AS clock
  FROM drawn
),
trips AS (
  SELECT
    *,
    -- Rows are spread over the year, and within a day four times as densely at noon as at midnight.
    floor(day)::BIGINT * 86_400
      + floor((clock + clock * (1 - clock) * (1 - 2 * clock)) * 86_400)::BIGINT
      + 1_735_689_600 AS pickup_s,
    floor(distance_km / km_per_hour * 3600)::BIGINT + 90 AS seconds,
    CASE
      WHEN payment < 0.61 THEN 'card'
      WHEN payment < 0.83 THEN 'app'
      WHEN payment < 0.96 THEN 'cash'
      WHEN payment < 0.985 THEN 'voucher'
      WHEN payment < 0.995 THEN 'no charge'
      ELSE 'disputed'
    END AS paid_by
  FROM timed
),
priced AS (
  SELECT
    *,
    round(3.5 + 1.35 * distance_km + 0.0055 * seconds, 2) AS fare,
    CASE WHEN surcharge < 0.35 THEN 2.5 WHEN surcharge < 0.4 THEN 6.55 ELSE 0.5 END::DOUBLE AS extra
  FROM trips
),
tipped AS (
  SELECT
    *,
    CASE WHEN paid_by IN ('card', 'app') AND tip > 0.2 THEN round(fare * (0.05 + 0.2 * tip), 2) ELSE 0 END::DOUBLE AS given
  FROM priced
)
SELECT
  -- Unique, and not quite in the order of the rows.
  ((i >> 16) << 16) + ((i * 40503 + 12345) & 65535) AS trip_id,
  CASE
    WHEN vendor < 0.46 THEN 'Amber'
    WHEN vendor < 0.77 THEN 'Beacon'
    WHEN vendor < 0.93 THEN 'Citycab'
    ELSE 'Dash'
  END AS vendor,
  make_timestamp(pickup_s * 1_000_000) AS pickup_at,
  make_timestamp((pickup_s + seconds) * 1_000_000) AS dropoff_at,
  zone(from_zone) AS pickup_zone,
  zone(to_zone) AS dropoff_zone,
  CASE
    WHEN passengers < 0.7 THEN 1
    WHEN passengers < 0.84 THEN 2
    WHEN passengers < 0.89 THEN 3
    WHEN passengers < 0.92 THEN 4
    WHEN passengers < 0.96 THEN 5
    WHEN passengers < 0.98 THEN 6
  END::INTEGER AS passenger_count,
  distance_km,
  paid_by AS payment,
  fare,
  given AS tip,
  round(fare + given + extra, 2) AS total
FROM tipped
