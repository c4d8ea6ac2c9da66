-- Records rejected by code. Those that were corrected since are in it: a total does not go back.
SELECT name, sum(count) FILTER (WHERE count > 0)::bigint AS count
FROM sluice_commit_counts
WHERE kind = 'reject'
GROUP BY name
ORDER BY name
