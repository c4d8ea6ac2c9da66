-- Acknowledges files that need attention, each in the version that it has now, and records that in the audit.
-- $1: code   $2: only the file with this name   $3: only this version: its file_no or its token   $4: who
WITH need AS (
  SELECT name, file_no
  FROM (SELECT *, :part(attention) AS code, :part(settled) AS settled
        FROM sluice_files AS file
        WHERE quarantine IS NOT NULL OR all_rejected OR stray_quotes > 0 OR gone_why = 'unreadable') AS file
  WHERE code = $1::text AND settled IS NULL AND ($2::text IS NULL OR name = $2::text) AND ($3::text IS NULL OR $3::text IN (file_no::text, token))
),
acked AS (
  INSERT INTO sluice_acks (code, subject, version, acked_by)
  SELECT $1::text, name, file_no::text, $4::text FROM need
  ON CONFLICT DO NOTHING
  RETURNING subject
),
noted AS (
  INSERT INTO sluice_audit (action, subject, detail, done_by)
  SELECT 'ack', $1::text, json_build_object('subjects', (SELECT json_agg(subject) FROM (SELECT subject FROM acked ORDER BY 1 LIMIT 100) AS named),
                                            'count', count(*)), $4::text
  FROM acked HAVING count(*) > 0
)
SELECT subject FROM acked ORDER BY subject
