-- One row of the table. Times as text: a JavaScript date has no microseconds.
-- $1: event_id
SELECT event_id::text, event_type, product_id, user_id, event_timestamp::text, quantity, price::text, created_at::text
FROM :events
WHERE event_id = $1::uuid
