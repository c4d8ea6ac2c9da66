-- Versions that were not there any more when they were to be read: a warning, not a breach.
SELECT file_no AS "fileNo", name, records FROM sluice_files WHERE gone_at IS NOT NULL AND closed_at IS NULL ORDER BY file_no
