-- Tries to insert one row as the commit would.
-- $1: the row as JSON
WITH candidate AS (
  SELECT *, 1 AS nth FROM json_to_record($1::text::json) AS record (:recordset)
)
:part(insert)
