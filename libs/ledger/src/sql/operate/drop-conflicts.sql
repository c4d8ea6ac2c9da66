-- Deletes conflicts of files whose detail is being dropped, some at a time.
-- $1: limit
DELETE FROM sluice_conflicts
WHERE (file_no, line) IN (
  SELECT detail.file_no, detail.line
  FROM sluice_files AS file JOIN sluice_conflicts AS detail USING (file_no)
  WHERE file.detail_state = 'dropping'
  ORDER BY detail.file_no, detail.line
  LIMIT $1::int
  FOR UPDATE OF detail SKIP LOCKED)
