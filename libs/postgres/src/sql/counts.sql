-- What was inserted by event type, or rejected by code.
-- $1: kind
SELECT name, sum(count)::bigint AS count
FROM sluice_commit_counts
WHERE kind IN ($1::text, CASE WHEN $1::text = 'reject' THEN 'corrected' END)
GROUP BY name
HAVING sum(count) <> 0 -- rejects that were all resubmitted
ORDER BY count DESC, name
