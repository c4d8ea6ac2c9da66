-- Records read, in steps of time, as far as they are committed.
-- $1: from   $2: seconds of a step
SELECT floor(extract(epoch FROM parsed_at) / $2::int)::bigint * $2::int AS at, sum(records) AS records
FROM sluice_chunks
WHERE parsed_at >= $1::timestamptz
GROUP BY 1
