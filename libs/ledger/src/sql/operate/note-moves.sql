-- Says where clean-up is about to put files, before it moves them. Locked in one order, so that two processes cannot deadlock.
-- $1: JSON array of {file_no, path}
WITH move AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS move (file_no BIGINT, path TEXT)
),
locked AS MATERIALIZED (
  SELECT file_no FROM sluice_files
  WHERE file_no = ANY (ARRAY (SELECT file_no FROM move))
  ORDER BY file_no
  FOR NO KEY UPDATE
)
UPDATE sluice_files AS file SET moving_to = move.path
FROM move JOIN locked USING (file_no)
WHERE file.file_no = move.file_no AND file.moving_to IS DISTINCT FROM move.path
