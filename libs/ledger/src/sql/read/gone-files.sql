-- Versions that did not exist any more when they should have been read. They are a warning and break no invariant.
SELECT file_no AS "fileNo", name, records FROM sluice_files WHERE gone_at IS NOT NULL AND closed_at IS NULL ORDER BY file_no
