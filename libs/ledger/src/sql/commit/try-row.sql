-- $1: one row as JSON, tried as the commit would insert it
INSERT INTO :events (event_id, event_type, product_id, user_id, event_timestamp, quantity, price)
SELECT event_id, event_type, product_id, user_id, event_timestamp, quantity, price
FROM json_to_record($1::text::json) AS event (
  event_id UUID, event_type TEXT, product_id TEXT, user_id TEXT, event_timestamp TIMESTAMP, quantity INT, price NUMERIC)
ON CONFLICT (event_id) DO NOTHING
