-- How many rows have no row with their event_id in the table, after all of them were inserted or found there.
-- $1: JSON array of rows
SELECT count(*) AS rows
FROM json_to_recordset($1::text::json) AS event (event_id UUID)
WHERE NOT EXISTS (SELECT FROM :events AS stored WHERE stored.event_id = event.event_id)
