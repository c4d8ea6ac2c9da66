-- Seconds from landed to committed of the files completed in each time step: [p50, p95, p99]. Of very many files, every nth is
-- sampled.
-- $1: since   $2: about how many files to sample   $3: before; null: until now   $4: seconds per step   $5: only this feed
WITH every AS (:part(every))
SELECT step AS at, part.seconds
FROM every,
     generate_series(floor(extract(epoch FROM $1::timestamptz) / $4::int)::bigint * $4::int,
                     extract(epoch FROM coalesce($3::timestamptz, now()))::bigint, $4::bigint) AS step,
     LATERAL (SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99])
                       WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - landed_at)::float8) AS seconds
              FROM sluice_files
              WHERE closed_at >= greatest($1::timestamptz, to_timestamp(step)) AND closed_at < to_timestamp(step + $4::int)
                AND same_as IS NULL AND file_no % nth = 0
                AND ($5::text IS NULL OR feed = $5::text)) AS part
WHERE part.seconds IS NOT NULL
