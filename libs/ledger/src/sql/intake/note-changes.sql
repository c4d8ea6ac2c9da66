-- Records the new ctime of known contents. A ctime that another process has recorded meanwhile stays.
-- $1: JSON array of {file_no, was, now}
WITH noted AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS look (file_no BIGINT, was TEXT, now TEXT)
),
locked AS MATERIALIZED (:part(locked))
UPDATE sluice_files AS file SET changed_at = noted.now
FROM noted JOIN locked USING (file_no)
WHERE file.file_no = noted.file_no AND file.changed_at IS NOT DISTINCT FROM noted.was
