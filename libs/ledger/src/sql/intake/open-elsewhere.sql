-- The number of versions that are still to be loaded and were last seen in another folder than this one, and the first of them.
-- $1: the folder's identity   $2: only of this feed; null: all
SELECT count(*)::int AS files, (array_agg(name ORDER BY file_no))[1] AS file
FROM sluice_files
WHERE closed_at IS NULL AND gone_at IS NULL AND folder <> $1::text AND ($2::text IS NULL OR feed = $2::text)
