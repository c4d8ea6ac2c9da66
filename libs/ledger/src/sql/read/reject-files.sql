-- What the rejects of a file have in common: the file's name, and what is needed to split its records.
-- $1: file numbers
SELECT file_no AS "fileNo", name AS file, json_build_object('chunkRows', chunk_rows, 'reader', reader, 'rules', rules) AS rules,
       CASE WHEN columns_at IS NOT NULL AND columns > 0 THEN json_build_object('at', columns_at, 'width', columns) END AS columns
FROM sluice_files
WHERE file_no = ANY ($1::bigint[])
