-- Seconds from landed to committed, of the files completed from a time on: [p50, p95, p99].
-- $1: from
SELECT count(*) AS files,
       percentile_cont(ARRAY[0.5, 0.95, 0.99])
         WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - landed_at)::float8) AS seconds
FROM sluice_files
WHERE closed_at >= $1::timestamptz AND same_as IS NULL
