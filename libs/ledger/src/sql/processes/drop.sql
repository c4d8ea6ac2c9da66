-- Drops processes that ended, or went silent, long ago, and acknowledgements of that age that are not about a version of a file.
-- $1: retention in ms
WITH processes AS (
  DELETE FROM sluice_processes WHERE seen_at < now() - $1::double precision * interval '1 ms' RETURNING 1
),
acks AS (
  DELETE FROM sluice_acks
  WHERE acked_at < now() - $1::double precision * interval '1 ms'
    AND code NOT IN ('file_quarantined', 'file_rejected', 'lines_swallowed', 'file_unreadable')
  RETURNING 1
)
SELECT (SELECT count(*) FROM processes) + (SELECT count(*) FROM acks) AS dropped
