-- Seconds from landed to committed of the files completed in a span of time: the files in each bucket, and the sum of seconds.
-- $1: after   $2: until   $3: upper bounds of the buckets, ascending   $4: only this feed
SELECT width_bucket(seconds, $3::float8[]) AS bucket, count(*) AS files, sum(seconds)::float8 AS seconds
FROM (
  -- The subtraction puts a value that equals a bound into the bucket below the bound.
  SELECT extract(epoch FROM closed_at - landed_at)::float8 - 1e-9 AS seconds
  FROM sluice_files
  WHERE closed_at > $1::timestamptz AND closed_at <= $2::timestamptz AND same_as IS NULL
    AND ($4::text IS NULL OR feed = $4::text)
) AS file
GROUP BY 1
