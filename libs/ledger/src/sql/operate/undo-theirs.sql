-- Leaves out the rows that another file of the batch brought. In a batch, a row belongs to the lowest file number that has it.
-- $1: JSON array of {event_id, line} of that file   $2: its number
UPDATE sluice_undoing AS noted SET kept = 'theirs'
FROM json_to_recordset($1::text::json) AS record (event_id UUID, line BIGINT)
CROSS JOIN LATERAL (
  SELECT committed_at FROM sluice_chunks AS span
  WHERE span.file_no = $2::bigint AND span.first_line <= record.line
  ORDER BY span.first_line DESC
  LIMIT 1
) AS chunk
WHERE noted.event_id = record.event_id
  AND noted.created_at = chunk.committed_at AT TIME ZONE 'UTC'
  AND noted.file_no > $2::bigint
  AND NOT EXISTS (SELECT FROM sluice_rejects AS reject WHERE reject.file_no = $2::bigint AND reject.line = record.line)
