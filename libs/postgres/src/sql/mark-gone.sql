-- The version was missing, or had become another one, when it was to be read. For a replay that is the end.
-- $1: file_no   $2: missing, changed or unreadable
UPDATE sluice_files SET
  gone_at    = now(),
  gone_why   = $2::text,
  closed_at  = CASE WHEN replay THEN now() END,
  quarantine = CASE WHEN replay THEN 'source_missing' END
FROM (SELECT EXISTS (SELECT FROM sluice_files AS replayed JOIN sluice_files AS own USING (name, token, content_no)
                     WHERE own.file_no = $1::bigint AND replayed.generation < own.generation) AS replay) AS kind
WHERE file_no = $1::bigint AND closed_at IS NULL AND gone_at IS NULL
RETURNING name
