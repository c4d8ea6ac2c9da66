-- Like open-files, by an index that has only one feed: the versions of it that are still to be loaded, oldest first. "first": no earlier version has this name. "untouched":
-- nobody has begun to read it, and it is not from before there were feeds.
-- $1: feed   $2: only after this file_no   $3: limit   $4: only from the folder with this identity, or from no folder; null: all
SELECT file_no AS "fileNo", feed, name, token, generation, held IS NOT NULL AS held, begun = 0 AND contract_no IS NOT NULL AS untouched,
       NOT EXISTS (SELECT FROM sluice_files AS earlier
                   WHERE earlier.name = file.name AND earlier.file_no < file.file_no) AS first
FROM sluice_files AS file
WHERE feed = $1::text AND closed_at IS NULL AND gone_at IS NULL AND file_no > $2::bigint
  AND ($4::text IS NULL OR folder IS NULL OR folder = $4::text)
ORDER BY file_no
LIMIT $3::int
