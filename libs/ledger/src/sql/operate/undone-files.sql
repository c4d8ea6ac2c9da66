-- Files of a feed whose rows an undo has removed, latest first.
-- $1: the feed
SELECT file_no AS "fileNo", name, undone FROM sluice_files WHERE undone > 0 AND feed = $1::text ORDER BY undone_at DESC LIMIT 20
