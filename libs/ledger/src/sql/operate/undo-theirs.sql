-- Leaves out the rows that another file of the batch brought. In a batch, a row belongs to the lowest file number that has it.
-- $1: JSON array of the keys of that file, each with its line   $2: its number
UPDATE sluice_undoing AS noted SET sluice_kept = 'theirs'
FROM json_populate_recordset(NULL::sluice_undoing, $1::text::json) AS record
CROSS JOIN LATERAL (
  SELECT committed_at FROM sluice_chunks AS span
  WHERE span.file_no = $2::bigint AND span.first_line <= record.sluice_at_line
  ORDER BY span.first_line DESC
  LIMIT 1
) AS chunk
WHERE (:key(noted)) = (:key(record))
  AND noted.sluice_origin = chunk.committed_at AT TIME ZONE 'UTC'
  AND noted.sluice_of > $2::bigint
  AND NOT EXISTS (SELECT FROM sluice_rejects AS reject WHERE reject.file_no = $2::bigint AND reject.line = record.sluice_at_line)
