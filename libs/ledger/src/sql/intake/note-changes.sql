-- Takes note of the ctime of contents that are known. What another process has noted meanwhile stays.
-- $1: JSON array of {file_no, was, now}
WITH noted AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS look (file_no BIGINT, was TEXT, now TEXT)
),
locked AS MATERIALIZED (:part(locked))
UPDATE sluice_files AS file SET changed_at = noted.now
FROM noted JOIN locked USING (file_no)
WHERE file.file_no = noted.file_no AND file.changed_at IS NOT DISTINCT FROM noted.was
