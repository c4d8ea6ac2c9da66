-- The files that an operator may have loaded: new content of a loaded name, which waits, and content that was loaded before under another
-- name, which is told of for a day.
-- $1: limit
SELECT feed, name, held,
       (SELECT name FROM sluice_files AS loaded WHERE loaded.file_no = file.same_as) AS "sameAs",
       (count(*) OVER (PARTITION BY feed))::int AS files
FROM sluice_files AS file
WHERE held IS NOT NULL AND (closed_at IS NULL AND gone_at IS NULL OR closed_at > now() - interval '1 day')
ORDER BY file_no DESC
LIMIT $1::int
