-- Tries rows as the commit would insert them. Run in a savepoint that is rolled back.
-- $1: JSON array of rows
INSERT INTO :events (event_id, event_type, product_id, user_id, event_timestamp, quantity, price)
SELECT event_id, event_type, product_id, user_id, event_timestamp, quantity, price
FROM json_to_recordset($1::text::json) AS event (
  event_id UUID, event_type TEXT, product_id TEXT, user_id TEXT, event_timestamp TIMESTAMP, quantity INT, price NUMERIC)
ORDER BY event_id
ON CONFLICT (event_id) DO NOTHING
