-- Records where clean-up is about to put files, before it moves them.
-- $1: JSON array of {file_no, path}
WITH noted AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS move (file_no BIGINT, path TEXT)
),
locked AS MATERIALIZED (:part(locked))
UPDATE sluice_files AS file SET moving_to = noted.path
FROM noted JOIN locked USING (file_no)
WHERE file.file_no = noted.file_no AND file.moving_to IS DISTINCT FROM noted.path
