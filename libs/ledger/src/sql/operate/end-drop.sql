-- Marks the files whose detail is gone, no matter which process dropped it.
UPDATE sluice_files SET detail_state = 'dropped'
WHERE file_no IN (
  SELECT file_no FROM sluice_files AS file
  WHERE detail_state = 'dropping'
    AND NOT EXISTS (SELECT FROM sluice_chunks    AS detail WHERE detail.file_no = file.file_no)
    AND NOT EXISTS (SELECT FROM sluice_rejects   AS detail WHERE detail.file_no = file.file_no)
    AND NOT EXISTS (SELECT FROM sluice_conflicts AS detail WHERE detail.file_no = file.file_no)
  ORDER BY file_no
  FOR NO KEY UPDATE SKIP LOCKED)
