-- Inserted rows by event type, or rejects by code: the names with the highest counts, and the sum of all others without a name.
-- $1: kind   $2: limit of names

-- Finds each name with one look-up in the index and sums its counts along the index. That costs half of grouping all counts.
WITH RECURSIVE found AS (
  (SELECT name FROM sluice_commit_counts WHERE kind = $1::text ORDER BY name LIMIT 1)
  UNION ALL
  SELECT (SELECT next.name FROM sluice_commit_counts AS next WHERE next.kind = $1::text AND next.name > found.name
          ORDER BY next.name LIMIT 1)
  FROM found WHERE found.name IS NOT NULL
),
counted AS (
  SELECT name, part.count, row_number() OVER (ORDER BY part.count DESC, name) AS place
  FROM found,
       LATERAL (SELECT sum(own.count)
                         + coalesce((SELECT sum(corrected.count) FROM sluice_commit_counts AS corrected
                                     WHERE commit_no = 0 AND kind = 'corrected' AND corrected.name = found.name AND $1::text = 'reject'), 0) AS count
                FROM sluice_commit_counts AS own WHERE own.kind = $1::text AND own.name = found.name) AS part
  WHERE found.name IS NOT NULL AND part.count <> 0 -- rejects that were all resubmitted
)
SELECT CASE WHEN place <= $2::int THEN name END AS name, sum(count)::bigint AS count, count(*) AS names
FROM counted
GROUP BY least(place, $2::int + 1), 1
ORDER BY least(place, $2::int + 1)
