-- The sums of all commits of a span of time.
-- $1: since   $2: only this feed   $3: before; null: until now
SELECT count(*) AS batches,
       coalesce(sum(records), 0)::bigint AS records,
       coalesce(sum(inserted), 0)::bigint AS inserted,
       coalesce(sum(duplicates), 0)::bigint AS duplicates,
       coalesce(sum(rejects), 0)::bigint AS rejects
FROM sluice_commits
WHERE committed_at >= $1::timestamptz AND committed_at < coalesce($3::timestamptz, 'infinity')
  AND ($2::text IS NULL OR feed = $2::text)
