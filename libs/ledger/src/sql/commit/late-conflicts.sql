-- Compares the duplicates whose other row the commit statement could not see, because that row was committed after its
-- snapshot. This is a second statement of the same transaction and so has a newer snapshot. If the other row is still not
-- there, the row is no duplicate. A row that a trigger made in this transaction does not count as the other row.
-- $1: JSON array of duplicates   $2: commit_no
WITH late AS MATERIALIZED (
  SELECT duplicate.*, kept.:key IS NOT NULL AS seen,
         json_build_array(:content(duplicate)) AS offered, json_build_array(:content(kept)) AS kept,
         (:content(duplicate)) IS DISTINCT FROM (:content(kept)) AS differs
  FROM json_to_recordset($1::text::json) AS duplicate (
    file_no BIGINT, line BIGINT, last_line BIGINT, :recordset)
  LEFT JOIN :events AS kept
    ON kept.:key = duplicate.:key AND kept.created_at IS DISTINCT FROM now() AT TIME ZONE 'UTC'
),

conflict AS (
  INSERT INTO sluice_conflicts (file_no, line, last_line, event_id, offered, kept)
  SELECT file_no, line, coalesce(last_line, line), :key, offered, kept FROM late WHERE seen AND differs
  RETURNING file_no
),

delta AS MATERIALIZED (
  SELECT file_no, count(*) AS conflicts FROM conflict GROUP BY file_no
),

-- This transaction has already locked these rows.
updated AS (
  UPDATE sluice_files AS file SET conflicts = file.conflicts + delta.conflicts
  FROM delta WHERE file.file_no = delta.file_no
),

committed AS (
  UPDATE sluice_commits SET conflicts = conflicts + (SELECT sum(conflicts) FROM delta)
  WHERE commit_no = $2::bigint AND EXISTS (SELECT FROM delta)
)

SELECT (SELECT coalesce(json_agg(json_build_object('fileNo', file_no, 'conflicts', conflicts)), '[]') FROM delta) AS late,
       (SELECT json_build_object('rows', count(*) OVER (), 'fileNo', file_no, 'line', line)
        FROM late WHERE NOT seen ORDER BY file_no, line LIMIT 1) AS unseen
