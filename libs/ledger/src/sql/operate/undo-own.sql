-- Notes the rows of the table that came from these lines: they have the same key and the commit time of the line's chunk.
-- $1: JSON array of the keys, each with its line   $2: file numbers of the versions that have these lines
INSERT INTO sluice_undoing (:key, sluice_origin, sluice_of)
SELECT DISTINCT ON (:key(stored)) :key(stored), :origin(stored), chunk.file_no
FROM json_populate_recordset(NULL::sluice_undoing, $1::text::json) AS record
CROSS JOIN unnest($2::bigint[]) AS version (file_no)
CROSS JOIN LATERAL (
  SELECT file_no, committed_at FROM sluice_chunks AS span
  WHERE span.file_no = version.file_no AND span.first_line <= record.sluice_at_line
  ORDER BY span.first_line DESC
  LIMIT 1
) AS chunk
JOIN :events AS stored ON (:key(stored)) = (:key(record)) AND :origin(stored) = chunk.committed_at AT TIME ZONE 'UTC'
WHERE NOT EXISTS (SELECT FROM sluice_rejects AS reject WHERE reject.file_no = chunk.file_no AND reject.line = record.sluice_at_line)
ORDER BY :key(stored), chunk.file_no
ON CONFLICT DO NOTHING
