-- The commits of a micro-batch: one, or more if a part of it was left for later. A chunk has the time of its commit.
-- $1: the batch
SELECT commit_no AS "commitNo", feed, coalesce(batches, ARRAY[batch_id]) AS batches, chunks, records, inserted, duplicates, conflicts, rejects,
       taken_at AS "takenAt", committed_at AS "committedAt"
FROM sluice_commits
WHERE committed_at IN (SELECT committed_at FROM sluice_chunks WHERE batch_id = $1::uuid)
  AND $1::uuid = ANY (coalesce(batches, ARRAY[batch_id]))
ORDER BY commit_no
