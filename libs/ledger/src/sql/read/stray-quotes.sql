-- Files with records that look like several records, newest first, unless their rows were undone or a later file with the same
-- name was loaded. "files": how many there are in all.
-- $1: only this name   $2: limit   $3: only this feed
SELECT file_no AS "fileNo", name,
       json_build_object('count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2]) AS "strayQuotes",
       count(*) OVER () AS files
FROM sluice_files AS file
WHERE stray_quotes > 0 AND stray_quote_at[2] IS NOT NULL AND undone_at IS NULL AND ($1::text IS NULL OR name = $1::text)
  AND ($3::text IS NULL OR feed = $3::text)
  AND NOT EXISTS (SELECT FROM sluice_files AS later
                  WHERE later.name = file.name AND later.file_no > file.file_no AND later.closed_at IS NOT NULL
                    AND later.same_as IS NULL AND later.quarantine IS NULL)
ORDER BY file_no DESC
LIMIT $2::int
