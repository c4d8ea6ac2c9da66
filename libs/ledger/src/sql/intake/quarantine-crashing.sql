-- Closes a version that crashes its worker, with the records that are in the ledger so far. No chunk can be claimed afterwards.
-- $1: file_no   $2: what was seen
UPDATE sluice_files AS file SET
  closed_at         = now(),
  total             = records,
  last_line         = (SELECT max(last_line) FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no),
  quarantine        = 'crashes_worker',
  quarantine_detail = $2::text
WHERE file_no = $1::bigint AND closed_at IS NULL
