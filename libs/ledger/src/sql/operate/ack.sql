-- Acknowledges what is not about a version of a file, and records that in the audit.
-- $1: code   $2: JSON array of {subject, version}   $3: who
WITH acked AS (
  INSERT INTO sluice_acks (code, subject, version, acked_by)
  SELECT $1::text, subject, version, $3::text FROM json_to_recordset($2::text::json) AS told (subject TEXT, version TEXT)
  ON CONFLICT DO NOTHING
  RETURNING subject
),
ended AS (
  UPDATE sluice_processes SET ended_at = now()
  FROM json_to_recordset($2::text::json) AS told (version TEXT)
  WHERE $1::text = 'process_missed' AND process_no::text = version AND ended_at IS NULL
),
noted AS (
  INSERT INTO sluice_audit (action, subject, detail, done_by)
  SELECT 'ack', $1::text, json_build_object('subjects', json_agg(subject ORDER BY subject), 'count', count(*)), $3::text
  FROM acked HAVING count(*) > 0
)
SELECT subject FROM acked ORDER BY subject
