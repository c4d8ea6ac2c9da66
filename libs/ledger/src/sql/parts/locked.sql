-- Rows are locked in sorted order, so that two processes cannot deadlock.
SELECT file_no FROM sluice_files
WHERE file_no = ANY (ARRAY (SELECT file_no FROM noted))
ORDER BY file_no
FOR NO KEY UPDATE
