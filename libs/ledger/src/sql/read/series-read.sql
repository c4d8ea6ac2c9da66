-- Committed records by the time step in which they were read. Each step is one walk of an index, which costs a third of grouping
-- all chunks. One more step is added, because the clock of a worker may be ahead.
-- $1: since   $2: seconds per step   $3: only this feed   $4: before; null: until now
SELECT step AS at, part.records
FROM generate_series(floor(extract(epoch FROM $1::timestamptz) / $2::int)::bigint * $2::int,
                     extract(epoch FROM coalesce($4::timestamptz, now()))::bigint + $2::int, $2::bigint) AS step,
     LATERAL (SELECT sum(records) AS records FROM sluice_chunks
              WHERE parsed_at >= greatest($1::timestamptz, to_timestamp(step))
                AND parsed_at < to_timestamp(step + $2::int)
                AND ($3::text IS NULL OR file_no IN (SELECT file_no FROM sluice_files WHERE feed = $3::text))) AS part
WHERE part.records IS NOT NULL
