-- When the first file was registered, in seconds since 1970. Returns no row when there is none yet.
SELECT extract(epoch FROM registered_at)::float8 AS at FROM sluice_files ORDER BY file_no LIMIT 1
