-- Records where clean-up has put files; a null path means deleted. All generations of one content are one file.
-- $1: JSON array of {file_no, path}
WITH noted AS MATERIALIZED (
  SELECT file.file_no, end_of.path
  FROM json_to_recordset($1::text::json) AS end_of (file_no BIGINT, path TEXT)
  JOIN sluice_files AS own USING (file_no)
  JOIN sluice_files AS file ON file.name = own.name AND file.token = own.token AND file.content_no = own.content_no
),
locked AS MATERIALIZED (:part(locked))
UPDATE sluice_files AS file SET moved_to = noted.path, moving_to = NULL, cleaned_at = now()
FROM noted JOIN locked USING (file_no)
WHERE file.file_no = noted.file_no
