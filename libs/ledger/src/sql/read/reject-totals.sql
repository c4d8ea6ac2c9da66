-- All records ever rejected, by code. Corrected ones are included, because a total must not decrease.
SELECT name, sum(count) FILTER (WHERE count > 0)::bigint AS count
FROM sluice_commit_counts
WHERE kind = 'reject'
GROUP BY name
ORDER BY name
