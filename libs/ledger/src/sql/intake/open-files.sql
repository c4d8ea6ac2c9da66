-- The versions that are still to be loaded, oldest first. "first": no earlier version has this name. "untouched":
-- nobody has begun to read it, and it is not from before there were feeds.
-- $1: only after this file_no   $2: limit   $3: only from the folder with this identity, or from no folder; null: all
-- $4: only of this feed; null: all
SELECT file_no AS "fileNo", feed, name, token, generation, held IS NOT NULL AS held, begun = 0 AND contract_no IS NOT NULL AS untouched,
       NOT EXISTS (SELECT FROM sluice_files AS earlier
                   WHERE earlier.name = file.name AND earlier.file_no < file.file_no) AS first
FROM sluice_files AS file
WHERE closed_at IS NULL AND gone_at IS NULL AND file_no > $1::bigint
  AND ($3::text IS NULL OR folder IS NULL OR folder = $3::text) AND ($4::text IS NULL OR feed = $4::text)
ORDER BY file_no
LIMIT $2::int
