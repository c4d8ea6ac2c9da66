-- What was committed, in steps of time.
-- $1: from   $2: seconds of a step
SELECT floor(extract(epoch FROM committed_at) / $2::int)::bigint * $2::int AS at, count(*) AS batches,
       sum(inserted) AS inserted, sum(duplicates) AS duplicates, sum(rejects) AS rejects
FROM sluice_commits
WHERE committed_at >= $1::timestamptz
GROUP BY 1
