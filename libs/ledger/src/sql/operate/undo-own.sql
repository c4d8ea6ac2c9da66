-- Notes the rows of the table that came from these lines: they have the same id and the commit time of the line's chunk.
-- $1: JSON array of {event_id, line}   $2: file numbers of the versions that have these lines
INSERT INTO sluice_undoing (event_id, created_at, file_no)
SELECT DISTINCT ON (event.:key) event.:key, event.created_at, chunk.file_no
FROM json_to_recordset($1::text::json) AS record (event_id UUID, line BIGINT)
CROSS JOIN unnest($2::bigint[]) AS version (file_no)
CROSS JOIN LATERAL (
  SELECT file_no, committed_at FROM sluice_chunks AS span
  WHERE span.file_no = version.file_no AND span.first_line <= record.line
  ORDER BY span.first_line DESC
  LIMIT 1
) AS chunk
JOIN :events AS event ON event.:key = record.event_id AND event.created_at = chunk.committed_at AT TIME ZONE 'UTC'
WHERE NOT EXISTS (SELECT FROM sluice_rejects AS reject WHERE reject.file_no = chunk.file_no AND reject.line = record.line)
ORDER BY event.:key, chunk.file_no
ON CONFLICT DO NOTHING
