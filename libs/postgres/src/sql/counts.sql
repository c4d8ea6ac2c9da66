-- What was inserted by event type, or rejected by code: the names with the most, and the sum of all others without a name.
-- $1: kind   $2: at most so many names
SELECT CASE WHEN place <= $2::int THEN name END AS name, sum(count)::bigint AS count, count(*) AS names
FROM (
  SELECT name, sum(count) AS count, row_number() OVER (ORDER BY sum(count) DESC, name) AS place
  FROM sluice_commit_counts
  WHERE kind IN ($1::text, CASE WHEN $1::text = 'reject' THEN 'corrected' END)
  GROUP BY name
  HAVING sum(count) <> 0 -- rejects that were all resubmitted
) AS counted
GROUP BY least(place, $2::int + 1), 1
ORDER BY least(place, $2::int + 1)
