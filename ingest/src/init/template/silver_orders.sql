/* @ingest
description: Orders, tidied.
checks:
  - unique: order_id
  - not_null: [order_id, ordered_at]
*/
-- Silver is where raw rows become tidy: types, names, one spelling for one thing. It is not published.
-- The file's name is the table's: models/silver/orders.sql makes silver.orders.
SELECT
    order_id,
    ordered_at,
    -- One row has " de ", one has nothing.
    nullif(upper(trim(country)), '') AS country,
    trim(product) AS product,
    quantity::INTEGER AS quantity,
    -- Money is exact as DECIMAL.
    unit_price::DECIMAL(10, 2) AS unit_price
FROM source.orders
