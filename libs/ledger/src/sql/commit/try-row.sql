-- Tries to insert one row as the commit would.
-- $1: the row as JSON
WITH candidate AS (
  SELECT sluice_file, sluice_line, :values(record), 1 AS sluice_nth, 0 AS sluice_order
  FROM json_to_record($1::text::json) AS record (sluice_file BIGINT, sluice_line BIGINT, :recordset)
)
:part(insert)
