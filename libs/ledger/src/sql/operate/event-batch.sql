-- The chunks of the batch that inserted a row. The row's created_at is the time of the commit.
-- $1: JSON object of the values of its key
WITH at AS MATERIALIZED (
  SELECT created_at AT TIME ZONE 'UTC' AS committed_at
  FROM :events AS stored
  WHERE (:key(stored)) = (SELECT :key FROM json_to_record($1::text::json) AS asked (:keyset))
)
SELECT chunk.batch_id AS "batchId", chunk.committed_at AS "committedAt", chunk.file_no AS "fileNo", file.feed,
       file.contract_no AS "contractNo", file.name, file.token, file.content_no AS "contentNo", file.content_hash AS "contentHash",
       :part(rules) AS rules,
       chunk.first_line AS "firstLine", chunk.last_line AS "lastLine", chunk.records
FROM at
JOIN sluice_chunks AS chunk USING (committed_at)
JOIN sluice_files AS file USING (file_no)
ORDER BY chunk.file_no, chunk.first_line
