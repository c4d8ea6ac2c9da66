-- The sums of all commits since a time.
-- $1: since   $2: only this feed
SELECT count(*) AS batches,
       coalesce(sum(records), 0)::bigint AS records,
       coalesce(sum(inserted), 0)::bigint AS inserted,
       coalesce(sum(duplicates), 0)::bigint AS duplicates,
       coalesce(sum(rejects), 0)::bigint AS rejects
FROM sluice_commits
WHERE committed_at >= $1::timestamptz AND ($2::text IS NULL OR feed = $2::text)
