-- Merges old commits of a feed without any remaining chunk into commit 0, which keeps their counts, in one statement. The newest
-- commit of the feed stays, because it shows when something of it was last loaded.
-- $1: retention in milliseconds   $2: limit   $3: the feed
WITH old AS MATERIALIZED (
  SELECT commit_no FROM sluice_commits AS candidate
  WHERE feed = $3::text AND committed_at < now() - $1::float8 * interval '1 millisecond'
    AND commit_no < (SELECT max(commit_no) FROM sluice_commits WHERE feed = $3::text)
    AND NOT EXISTS (SELECT FROM sluice_chunks AS chunk
                    WHERE chunk.batch_id = ANY (coalesce(candidate.batches, ARRAY[candidate.batch_id]))
                      AND chunk.committed_at < now() - $1::float8 * interval '1 millisecond')
  ORDER BY commit_no
  LIMIT $2::int
  FOR UPDATE OF candidate SKIP LOCKED
),
dropped AS (
  DELETE FROM sluice_commits WHERE commit_no IN (SELECT commit_no FROM old) RETURNING *
),
counts AS (
  DELETE FROM sluice_commit_counts WHERE commit_no IN (SELECT commit_no FROM old)
  RETURNING CASE WHEN kind = 'reject' AND count < 0 THEN 'corrected' ELSE kind END AS kind, name, count
),
sums AS (
  SELECT count(*) AS batches, sum(records) AS records, sum(inserted) AS inserted, sum(duplicates) AS duplicates,
         sum(duplicates_in_chunk) AS duplicates_in_chunk, sum(conflicts) AS conflicts, sum(rejects) AS rejects
  FROM dropped
),
-- Sorted, so that two processes cannot deadlock.
kept AS (
  INSERT INTO sluice_commit_counts (commit_no, feed, kind, name, count)
  SELECT 0, $3::text, kind, name, sum(count)
  FROM (
    SELECT kind, name, count FROM counts
    UNION ALL
    SELECT total.kind, total.name, total.count
    FROM sums, LATERAL (VALUES ('batch', 'dropped', batches), ('sum', 'records', records), ('sum', 'inserted', inserted),
                               ('sum', 'duplicates', duplicates), ('sum', 'duplicates_in_chunk', duplicates_in_chunk),
                               ('sum', 'conflicts', conflicts), ('sum', 'rejects', rejects)) AS total (kind, name, count)
    WHERE total.count <> 0
  ) part
  GROUP BY kind, name
  ORDER BY kind, name
  ON CONFLICT (commit_no, feed, kind, name) DO UPDATE SET count = sluice_commit_counts.count + excluded.count
)
SELECT commit_no FROM dropped
