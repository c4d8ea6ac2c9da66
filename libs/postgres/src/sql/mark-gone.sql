-- The version was missing, or had become another one, when it was to be read. For a replay that is the end.
-- $1: file_no   $2: missing, changed or unreadable
UPDATE sluice_files SET
  gone_at    = now(),
  gone_why   = $2::text,
  closed_at  = CASE WHEN generation > 0 THEN now() END,
  quarantine = CASE WHEN generation > 0 THEN 'source_missing' END
WHERE file_no = $1::bigint AND closed_at IS NULL AND gone_at IS NULL
RETURNING name
