-- All records ever rejected, by code. Corrected ones are included, because a total must not decrease.
-- $1: only this feed
SELECT name, sum(count) FILTER (WHERE count > 0)::bigint AS count
FROM sluice_commit_counts
WHERE kind = 'reject' AND ($1::text IS NULL OR feed = $1::text)
GROUP BY name
ORDER BY name
