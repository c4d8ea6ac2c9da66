-- One row of the table, every value as text or as JavaScript reads it without a change.
-- $1: JSON object of the values of its key
SELECT :shown, :origins
FROM :events AS stored
WHERE (:key(stored)) = (SELECT :key FROM json_to_record($1::text::json) AS asked (:keyset))
