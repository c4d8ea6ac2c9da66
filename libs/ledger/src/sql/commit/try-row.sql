-- $1: one row as JSON, tried as the commit would insert it
WITH candidate AS (
  SELECT *, 1 AS nth FROM json_to_record($1::text::json) AS record (:recordset)
)
:part(insert)
