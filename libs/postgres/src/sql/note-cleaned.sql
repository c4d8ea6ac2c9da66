-- Says where clean-up has put files; a path of null: deleted. Locked in one order, so that two processes cannot deadlock.
-- $1: JSON array of {file_no, path}
WITH cleaned AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS cleaned (file_no BIGINT, path TEXT)
),
locked AS MATERIALIZED (
  SELECT file_no FROM sluice_files
  WHERE file_no = ANY (ARRAY (SELECT file_no FROM cleaned))
  ORDER BY file_no
  FOR NO KEY UPDATE
)
UPDATE sluice_files AS file SET moved_to = cleaned.path, moving_to = NULL, cleaned_at = now()
FROM cleaned JOIN locked USING (file_no)
WHERE file.file_no = cleaned.file_no
