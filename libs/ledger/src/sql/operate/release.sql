-- Lets a held version be loaded. One that was closed at once, because its content had been loaded, gets its next generation elsewhere.
-- $1: file_no   $2: who asks for it
WITH released AS (
  UPDATE sluice_files AS file SET
    held          = NULL,
    gone_at       = NULL,
    gone_why      = NULL,
    landed_at     = CASE WHEN closed_at IS NULL THEN now() ELSE landed_at END,
    stable_at     = CASE WHEN closed_at IS NULL THEN now() ELSE stable_at END,
    registered_at = CASE WHEN closed_at IS NULL THEN now() ELSE registered_at END
  FROM (SELECT file_no, held FROM sluice_files WHERE file_no = $1::bigint) AS before
  WHERE file.file_no = before.file_no AND before.held IS NOT NULL
  RETURNING file.file_no, feed, name, before.held
)
INSERT INTO sluice_audit (action, subject, detail, done_by)
SELECT 'release', name, json_build_object('feed', feed, 'file_no', file_no, 'held', held), $2::text FROM released
