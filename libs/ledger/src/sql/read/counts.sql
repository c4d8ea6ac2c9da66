-- Inserted rows by the value that their feed counts by, or rejects by code: the names with the highest counts, and the sum of all
-- others without a name. A reject of a version that was read again counts once, with the later version.
-- $1: kind   $2: limit of names   $3: only of this feed

-- Finds each name of a feed with one look-up in the index and sums its counts along the index. That costs half of grouping all
-- counts.
WITH RECURSIVE found AS (
  SELECT feed, (SELECT first.name FROM sluice_commit_counts AS first WHERE first.feed = known.feed AND first.kind = $1::text
                ORDER BY first.name LIMIT 1) AS name
  FROM sluice_feeds AS known
  WHERE $3::text IS NULL OR feed = $3::text
  UNION ALL
  SELECT feed, (SELECT next.name FROM sluice_commit_counts AS next
                WHERE next.feed = found.feed AND next.kind = $1::text AND next.name > found.name
                ORDER BY next.name LIMIT 1)
  FROM found WHERE found.name IS NOT NULL
),
again AS MATERIALIZED (
  SELECT feed, name, count FROM sluice_rejects_read_again() WHERE $1::text = 'reject'
),
counted AS (
  SELECT name, sum(part.count) AS count, row_number() OVER (ORDER BY sum(part.count) DESC, name) AS place
  FROM found,
       LATERAL (SELECT sum(own.count)
                         + coalesce((SELECT sum(corrected.count) FROM sluice_commit_counts AS corrected
                                     WHERE commit_no = 0 AND corrected.feed = found.feed AND kind = 'corrected'
                                       AND corrected.name = found.name AND $1::text = 'reject'), 0)
                         - coalesce((SELECT again.count FROM again WHERE again.feed = found.feed AND again.name = found.name), 0) AS count
                FROM sluice_commit_counts AS own
                WHERE own.feed = found.feed AND own.kind = $1::text AND own.name = found.name) AS part
  WHERE found.name IS NOT NULL
  GROUP BY name
  HAVING sum(part.count) <> 0 -- rejects that were all resubmitted, or read again
)
SELECT CASE WHEN place <= $2::int THEN name END AS name, sum(count)::bigint AS count, count(*) AS names
FROM counted
GROUP BY least(place, $2::int + 1), 1
ORDER BY least(place, $2::int + 1)
