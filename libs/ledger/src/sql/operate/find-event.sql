-- One row of the table. Times are text, because a JavaScript date has no microseconds.
-- $1: its key
SELECT :shown, created_at::text
FROM :events
WHERE :key = $1::uuid
