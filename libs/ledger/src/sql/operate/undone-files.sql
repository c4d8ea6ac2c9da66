-- Files whose rows an undo has removed, latest first.
SELECT file_no AS "fileNo", name, undone FROM sluice_files WHERE undone > 0 ORDER BY undone_at DESC LIMIT 20
