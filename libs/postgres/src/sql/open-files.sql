-- The versions that are still to be loaded, oldest first. "first": no earlier version bears this name.
-- $1: only after this file_no   $2: at most so many
SELECT file_no, name, token, generation,
       NOT EXISTS (SELECT FROM sluice_files AS earlier
                   WHERE earlier.name = file.name AND earlier.file_no < file.file_no) AS first
FROM sluice_files AS file
WHERE closed_at IS NULL AND gone_at IS NULL AND file_no > $1::bigint
ORDER BY file_no
LIMIT $2::int
