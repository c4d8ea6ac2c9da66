-- Since when work has gone on without a pause: since the oldest open file was found or, if that is earlier, since the first file was found
-- that was committed after the last pause. While a file was open, there was no pause. Returns null where there is no such work.
-- $1: how long a pause is at least, in milliseconds
WITH waiting AS (
  SELECT min(registered_at) AS since FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL AND held IS NULL
),
latest AS (
  SELECT committed_at, coalesce(batches, ARRAY[batch_id]) AS batches, lag(committed_at) OVER (ORDER BY committed_at) AS before
  FROM (SELECT committed_at, batches, batch_id FROM sluice_commits ORDER BY committed_at DESC LIMIT 10000) AS commit
),
-- The OFFSET keeps the order, and the LIMIT in the condition makes it a short walk down an index: the files are asked about the latest of
-- the gaps first, and only until one is a pause.
first AS (
  SELECT committed_at, batches
  FROM (SELECT latest.*, waiting.since FROM latest, waiting
        WHERE before IS NULL OR committed_at - before > $1::float8 * interval '1 millisecond'
        ORDER BY committed_at DESC OFFSET 0) AS gap
  WHERE before IS NULL
     OR (since <= before) IS NOT TRUE
        AND (SELECT true FROM sluice_files AS loaded
             WHERE loaded.closed_at >= gap.committed_at AND loaded.same_as IS NULL AND loaded.registered_at <= gap.before
             ORDER BY loaded.closed_at LIMIT 1) IS NULL
  LIMIT 1
)
SELECT CASE WHEN (SELECT max(committed_at) FROM latest) < least(now(), waiting.since) - $1::float8 * interval '1 millisecond'
            THEN waiting.since
            ELSE least(waiting.since, first.committed_at,
                       (SELECT min(file.registered_at)
                        FROM sluice_chunks AS chunk JOIN sluice_files AS file USING (file_no)
                        WHERE chunk.batch_id = ANY (first.batches))) END AS since
FROM waiting LEFT JOIN first ON true
