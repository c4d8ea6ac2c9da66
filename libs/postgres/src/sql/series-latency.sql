-- Seconds from landed to committed of the files completed in each step of time: [p50, p95, p99].
-- $1: from   $2: seconds of a step
SELECT floor(extract(epoch FROM closed_at) / $2::int)::bigint * $2::int AS at,
       percentile_cont(ARRAY[0.5, 0.95, 0.99])
         WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - landed_at)::float8) AS seconds
FROM sluice_files
WHERE closed_at >= $1::timestamptz AND same_as IS NULL
GROUP BY 1
