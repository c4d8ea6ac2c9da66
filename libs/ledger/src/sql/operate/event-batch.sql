-- The chunks of the batch that inserted a row. The row's created_at is the time of the commit.
-- $1: its key
WITH at AS MATERIALIZED (
  SELECT created_at AT TIME ZONE 'UTC' AS committed_at FROM :events WHERE :key = $1::uuid
)
SELECT chunk.batch_id AS "batchId", chunk.committed_at AS "committedAt", chunk.file_no AS "fileNo", file.name, file.token,
       file.content_no AS "contentNo", file.content_hash AS "contentHash",
       :part(rules) AS rules, file.feed, file.contract_no AS "contractNo",
       chunk.first_line AS "firstLine", chunk.last_line AS "lastLine", chunk.records
FROM at
JOIN sluice_chunks AS chunk USING (committed_at)
JOIN sluice_files AS file USING (file_no)
ORDER BY chunk.file_no, chunk.first_line
