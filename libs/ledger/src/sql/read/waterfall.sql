-- The seconds that chunks committed in a span of time spent in each stage. Of many commits, a sample at even distances in time is
-- used. If taken_at is missing, the wait for a flush cannot be separated from the commit. A file waits for a worker from when it is
-- registered, and not only from when it has a job, because few files have one at a time; when its first chunk is there, a worker reads it.
-- $1: since   $2: limit of commits   $3: only this feed   $4: before; null: until now
WITH bounds AS (
  SELECT (SELECT min(committed_at) FROM sluice_commits
          WHERE committed_at >= $1::timestamptz AND ($3::text IS NULL OR feed = $3::text)) AS first,
         (SELECT max(committed_at) FROM sluice_commits
          WHERE committed_at < coalesce($4::timestamptz, 'infinity') AND ($3::text IS NULL OR feed = $3::text)) AS last,
         (SELECT count(*) FROM (SELECT FROM sluice_commits
                                WHERE committed_at >= $1::timestamptz AND committed_at < coalesce($4::timestamptz, 'infinity')
                                  AND ($3::text IS NULL OR feed = $3::text) LIMIT $2::int + 1) AS few) AS commits
),
looked AS MATERIALIZED (
  SELECT coalesce(batches, ARRAY[batch_id]) AS batches, taken_at FROM sluice_commits, bounds
  WHERE commits <= $2::int AND committed_at >= $1::timestamptz AND committed_at < coalesce($4::timestamptz, 'infinity') AND ($3::text IS NULL OR feed = $3::text)
  UNION
  SELECT at.batches, at.taken_at
  FROM bounds,
       generate_series(first, last, (last - first) / $2::int) AS moment,
       LATERAL (SELECT coalesce(batches, ARRAY[batch_id]) AS batches, taken_at FROM sluice_commits
                WHERE committed_at >= moment AND ($3::text IS NULL OR feed = $3::text) ORDER BY committed_at LIMIT 1) AS at
  WHERE commits > $2::int
),
-- The LIMITs make each chunk a short walk down two indexes, even when the planner expects many rows.
stage AS (
  SELECT extract(epoch FROM file.stable_at - file.landed_at)::float8 AS landed,
         extract(epoch FROM file.registered_at - file.stable_at)::float8 AS stable,
         extract(epoch FROM coalesce(begun.parsed_at, chunk.parsed_at) - file.registered_at)::float8 AS queued,
         extract(epoch FROM chunk.parsed_at - coalesce(begun.parsed_at, chunk.parsed_at))::float8 AS reading,
         extract(epoch FROM chunk.staged_at - chunk.parsed_at)::float8 AS parsed,
         extract(epoch FROM coalesce(looked.taken_at, chunk.committed_at) - chunk.staged_at)::float8 AS waiting,
         extract(epoch FROM chunk.committed_at - coalesce(looked.taken_at, chunk.committed_at))::float8 AS committed
  FROM looked
  CROSS JOIN LATERAL (SELECT * FROM sluice_chunks WHERE batch_id = ANY (looked.batches) LIMIT 1000) AS chunk
  CROSS JOIN LATERAL (SELECT landed_at, stable_at, registered_at FROM sluice_files WHERE file_no = chunk.file_no LIMIT 1) AS file
  LEFT JOIN LATERAL (SELECT parsed_at FROM sluice_chunks AS earlier
                     WHERE earlier.file_no = chunk.file_no AND earlier.parsed_at <= chunk.parsed_at
                     ORDER BY first_line LIMIT 1) AS begun ON true
)
SELECT count(*) AS chunks, (SELECT commits > $2::int FROM bounds) AS sampled,
       ARRAY[avg(landed), avg(stable), avg(queued), avg(reading), avg(parsed), avg(waiting), avg(committed)] AS means,
       ARRAY[percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY landed),
             percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY stable),
             percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY queued),
             percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY reading),
             percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY parsed),
             percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY waiting),
             percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY committed)] AS spreads
FROM stage
HAVING count(*) > 0
