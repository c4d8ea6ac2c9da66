-- What was committed, in steps of time.
-- $1: from   $2: seconds of a step
SELECT extract(epoch FROM date_bin(make_interval(secs => $2::int), committed_at, timestamptz 'epoch'))::bigint AS at, count(*) AS batches,
       sum(inserted) AS inserted, sum(duplicates) AS duplicates, sum(rejects) AS rejects
FROM sluice_commits
WHERE committed_at >= $1::timestamptz
GROUP BY date_bin(make_interval(secs => $2::int), committed_at, timestamptz 'epoch')
