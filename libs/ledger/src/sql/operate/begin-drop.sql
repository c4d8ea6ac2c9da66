-- Closed files past their retention, oldest first: their detail may go. None while others are being dropped.
-- $1: retention in milliseconds   $2: at most so many
UPDATE sluice_files SET detail_state = 'dropping'
WHERE file_no IN (
  SELECT file_no FROM sluice_files
  WHERE closed_at IS NOT NULL AND detail_state = 'kept' AND closed_at < now() - $1::float8 * interval '1 millisecond'
    AND NOT EXISTS (SELECT FROM sluice_files WHERE detail_state = 'dropping')
  ORDER BY closed_at
  LIMIT $2::int
  FOR NO KEY UPDATE SKIP LOCKED)
