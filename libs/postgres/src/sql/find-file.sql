-- One version, and the chunks of it that are in the ledger already.
-- $1: file_no
SELECT file_no, name, token, chunk_rows, reader, rules, closed_at IS NOT NULL AS closed,
       ARRAY (SELECT first_line FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no) AS committed
FROM sluice_files AS file
WHERE file_no = $1::bigint
