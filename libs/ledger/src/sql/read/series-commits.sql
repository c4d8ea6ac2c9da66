-- The sums of the commits of a span of time, by time step.
-- $1: since   $2: seconds per step   $3: only this feed   $4: before; null: until now
SELECT extract(epoch FROM date_bin(make_interval(secs => $2::int), committed_at, timestamptz 'epoch'))::bigint AS at, count(*) AS batches,
       sum(inserted) AS inserted, sum(duplicates) AS duplicates, sum(rejects) AS rejects
FROM sluice_commits
WHERE committed_at >= $1::timestamptz AND committed_at < coalesce($4::timestamptz, 'infinity')
  AND ($3::text IS NULL OR feed = $3::text)
GROUP BY date_bin(make_interval(secs => $2::int), committed_at, timestamptz 'epoch')
