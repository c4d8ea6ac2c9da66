-- Seconds from landed to committed of the files completed in a span of time: [p50, p95, p99]. Of very many files, every nth is sampled.
-- $1: since   $2: about how many files to sample   $3: before; null: until now   $4: only this feed
WITH every AS (:part(every))
SELECT count(*) AS files,
       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - landed_at)::float8)
         FILTER (WHERE file_no % nth = 0) AS seconds
FROM sluice_files, every
WHERE closed_at >= $1::timestamptz AND closed_at < coalesce($3::timestamptz, 'infinity') AND same_as IS NULL
  AND ($4::text IS NULL OR feed = $4::text)
