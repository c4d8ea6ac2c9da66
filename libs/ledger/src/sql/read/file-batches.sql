-- The micro-batches with chunks of a file, in the order of the file's lines.
-- $1: file_no   $2: limit
SELECT batch_id AS "batchId", count(*) AS chunks, sum(records) AS records, min(first_line) AS "firstLine", max(last_line) AS "lastLine",
       max(committed_at) AS "committedAt"
FROM sluice_chunks
WHERE file_no = $1::bigint
GROUP BY batch_id
ORDER BY min(first_line)
LIMIT $2::int
