-- When the first file was registered, in seconds since 1970. Returns no row when there is none yet.
-- $1: only of this feed
SELECT extract(epoch FROM registered_at)::float8 AS at FROM sluice_files
WHERE $1::text IS NULL OR feed = $1::text
ORDER BY file_no LIMIT 1
