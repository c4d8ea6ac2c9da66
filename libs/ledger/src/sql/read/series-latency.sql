-- Seconds from landed to committed of the files completed in each step of time: [p50, p95, p99]. Of very many, every nth is looked at.
-- $1: from   $2: seconds of a step   $3: look at about so many
WITH every AS (
  SELECT greatest(1, ((SELECT file_no FROM sluice_files WHERE closed_at IS NOT NULL AND same_as IS NULL
                       ORDER BY closed_at DESC LIMIT 1)
                    - (SELECT file_no FROM sluice_files WHERE closed_at >= $1::timestamptz AND same_as IS NULL
                       ORDER BY closed_at LIMIT 1)) / $3::int) AS nth
)
SELECT step AS at, part.seconds
FROM every,
     generate_series(floor(extract(epoch FROM $1::timestamptz) / $2::int)::bigint * $2::int,
                     extract(epoch FROM now())::bigint, $2::bigint) AS step,
     LATERAL (SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99])
                       WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - landed_at)::float8) AS seconds
              FROM sluice_files
              WHERE closed_at >= greatest($1::timestamptz, to_timestamp(step)) AND closed_at < to_timestamp(step + $2::int)
                AND same_as IS NULL AND file_no % nth = 0) AS part
WHERE part.seconds IS NOT NULL
