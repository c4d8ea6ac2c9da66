-- Leaves out the rows that another loaded file holds too.
-- $1: JSON array of {event_id, line} of that file   $2: its number
UPDATE sluice_undoing AS noted SET kept = 'shared'
FROM json_to_recordset($1::text::json) AS record (event_id UUID, line BIGINT)
WHERE noted.event_id = record.event_id
  AND noted.kept IS NULL
  AND EXISTS (SELECT FROM sluice_chunks AS span
              WHERE span.file_no = $2::bigint AND record.line BETWEEN span.first_line AND span.last_line)
  AND NOT EXISTS (SELECT FROM sluice_rejects AS reject WHERE reject.file_no = $2::bigint AND reject.line = record.line)
