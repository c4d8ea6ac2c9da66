-- The committed chunks of a micro-batch, with the times of their stages.
-- $1: the batch   $2: limit
SELECT chunk.file_no AS "fileNo", file.name AS file, chunk.first_line AS "firstLine", chunk.last_line AS "lastLine", chunk.records,
       chunk.queued_at AS "queuedAt", chunk.parsed_at AS "parsedAt", chunk.staged_at AS "stagedAt", chunk.committed_at AS "committedAt"
FROM sluice_chunks AS chunk JOIN sluice_files AS file USING (file_no)
WHERE chunk.batch_id = $1::uuid
ORDER BY chunk.file_no, chunk.first_line
LIMIT $2::int
