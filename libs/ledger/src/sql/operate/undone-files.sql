-- Files whose rows an undo has removed, the latest first.
SELECT file_no, name, undone, undone_at FROM sluice_files WHERE undone > 0 ORDER BY undone_at DESC LIMIT 20
