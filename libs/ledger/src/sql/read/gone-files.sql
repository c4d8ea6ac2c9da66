-- Versions that were missing, changed or unreadable when they should have been read. They are a warning and break no invariant.
-- $1: only this feed
SELECT file_no AS "fileNo", name, records, gone_why AS why FROM sluice_files
WHERE gone_at IS NOT NULL AND closed_at IS NULL AND ($1::text IS NULL OR feed = $1::text)
ORDER BY file_no
