/* @ingest
description: Orders, one row each, with what they came to.
# Rows are sorted by these columns, so that a question about a few days reads a few days.
cluster_by: [ordered_at]
# The page filters by dimensions, adds up measures and draws along time.
columns:
  order_id: {description: Number of the order., role: dimension}
  ordered_at: {description: "When it was placed, UTC.", role: time}
  country: {description: ISO code; NULL where it is not known., role: dimension}
  product: {description: What was ordered., role: dimension}
  quantity: {description: Pieces., role: measure}
  unit_price: {description: Euros for a piece., role: measure}
  amount: {description: Euros for the order., role: measure}
# A table that fails a check is not published; its former version stays. `severity: warn` only tells.
checks:
  - unique: order_id
  - not_null: [order_id, ordered_at, product, amount]
  - accepted_range: {column: quantity, min: 1}
*/
SELECT
    order_id,
    ordered_at,
    country,
    product,
    quantity,
    unit_price,
    (quantity * unit_price)::DECIMAL(12, 2) AS amount
FROM silver.orders
