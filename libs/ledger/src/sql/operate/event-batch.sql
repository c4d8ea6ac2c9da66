-- The batch that inserted a row: the row's created_at is the time of its commit. With that batch's chunks.
-- $1: event_id
WITH at AS MATERIALIZED (
  SELECT created_at AT TIME ZONE 'UTC' AS committed_at FROM :events WHERE event_id = $1::uuid
)
SELECT chunk.batch_id::text, chunk.committed_at, chunk.file_no, file.name, file.token, file.content_no,
       file.content_hash, file.chunk_rows, file.reader, file.rules, chunk.first_line, chunk.last_line, chunk.records
FROM at
JOIN sluice_chunks AS chunk USING (committed_at)
JOIN sluice_files AS file USING (file_no)
ORDER BY chunk.file_no, chunk.first_line
