-- Compares the duplicates whose other row load.sql could not see, because that row was committed after its snapshot. This is
-- another statement of the same transaction and so has a newer snapshot. If the other row is still not there, the row is no
-- duplicate. A row that a trigger made in this transaction does not count as the other row.
-- $1: JSON array of duplicates
WITH late AS MATERIALIZED (
  SELECT duplicate.*, kept.:key IS NOT NULL AS seen,
         json_build_array(:content(duplicate)) AS offered, json_build_array(:content(kept)) AS kept,
         (:content(duplicate)) IS DISTINCT FROM (:content(kept)) AS differs
  FROM json_to_recordset($1::text::json) AS duplicate (
    file_no BIGINT, line BIGINT, last_line BIGINT, :recordset)
  LEFT JOIN :events AS kept
    ON kept.:key = duplicate.:key AND kept.xmin <> pg_current_xact_id()::xid
),

conflict AS (
  INSERT INTO sluice_conflicts (file_no, line, last_line, event_id, offered, kept)
  SELECT file_no, line, coalesce(last_line, line), :key, offered, kept FROM late WHERE seen AND differs
  RETURNING file_no
)

SELECT (SELECT coalesce(json_agg(delta), '[]')
        FROM (SELECT file_no, 0 AS candidates, 0 AS duplicates, 0 AS repeated, count(*) AS conflicts
              FROM conflict GROUP BY file_no) AS delta)::text AS delta,
       (SELECT json_build_object('rows', count(*) OVER (), 'fileNo', file_no, 'line', line)
        FROM late WHERE NOT seen ORDER BY file_no, line LIMIT 1) AS unseen
