-- Deletes chunks of files whose detail is being dropped, some at a time.
-- $1: limit
DELETE FROM sluice_chunks
WHERE (file_no, first_line) IN (
  SELECT detail.file_no, detail.first_line
  FROM sluice_files AS file JOIN sluice_chunks AS detail USING (file_no)
  WHERE file.detail_state = 'dropping'
  ORDER BY detail.file_no, detail.first_line
  LIMIT $1::int
  FOR UPDATE OF detail SKIP LOCKED)
