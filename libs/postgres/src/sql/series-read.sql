-- Records read, in steps of time, as far as they are committed.
-- $1: from   $2: seconds of a step
SELECT extract(epoch FROM date_bin(make_interval(secs => $2::int), parsed_at, timestamptz 'epoch'))::bigint AS at, sum(records) AS records
FROM sluice_chunks
WHERE parsed_at >= $1::timestamptz
GROUP BY date_bin(make_interval(secs => $2::int), parsed_at, timestamptz 'epoch')
