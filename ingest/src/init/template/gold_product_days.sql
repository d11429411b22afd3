/* @ingest
description: What each product sold on each day.
cluster_by: [day, product]
columns:
  day: {description: Day of the orders., role: time}
  product: {description: What was ordered., role: dimension}
  orders: {description: Orders., role: measure}
  amount: {description: Euros., role: measure}
checks:
  - unique: [day, product]
  - not_null: [day, product, amount]
*/
-- A model may read other models; `ingest run` makes them in the right order.
SELECT
    ordered_at::DATE AS day,
    product,
    count(*) AS orders,
    sum(amount)::DECIMAL(12, 2) AS amount
FROM gold.orders
GROUP BY day, product
