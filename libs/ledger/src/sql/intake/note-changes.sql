-- Takes note of the ctime of contents that are known. What another process has noted meanwhile stays. Locked in one order, so
-- that two watchers cannot deadlock.
-- $1: JSON array of {file_no, was, now}
WITH looked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS look (file_no BIGINT, was TEXT, now TEXT)
),
locked AS MATERIALIZED (
  SELECT file_no FROM sluice_files
  WHERE file_no = ANY (ARRAY (SELECT file_no FROM looked))
  ORDER BY file_no
  FOR NO KEY UPDATE
)
UPDATE sluice_files AS file SET changed_at = looked.now
FROM looked JOIN locked USING (file_no)
WHERE file.file_no = looked.file_no AND file.changed_at IS NOT DISTINCT FROM looked.was
