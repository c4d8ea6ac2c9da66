-- One page of the commits, newest first, each with the micro-batches that it committed together.
-- $1: commit_no of the last commit of the previous page   $2: limit
SELECT commit_no AS "commitNo", feed, coalesce(batches, ARRAY[batch_id]) AS batches, chunks, records, inserted, duplicates, conflicts, rejects,
       taken_at AS "takenAt", committed_at AS "committedAt"
FROM sluice_commits
WHERE commit_no < coalesce($1::bigint, 9223372036854775807)
ORDER BY commit_no DESC
LIMIT $2::int
