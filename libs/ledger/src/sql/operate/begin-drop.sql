-- Marks closed files past their retention, oldest first, for dropping their detail. Marks none while others are being dropped.
-- $1: retention in milliseconds   $2: limit   $3: the feed
UPDATE sluice_files SET detail_state = 'dropping'
WHERE file_no IN (
  SELECT file_no FROM sluice_files
  WHERE feed = $3::text AND closed_at IS NOT NULL AND detail_state = 'kept' AND closed_at < now() - $1::float8 * interval '1 millisecond'
    AND NOT EXISTS (SELECT FROM sluice_files WHERE detail_state = 'dropping')
  ORDER BY closed_at
  LIMIT $2::int
  FOR NO KEY UPDATE SKIP LOCKED)
