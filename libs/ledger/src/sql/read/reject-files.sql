-- What the rejects of a file have in common: the file's name, and what is needed to split its records.
-- $1: file numbers
SELECT file_no AS "fileNo", file.name AS file, :part(rules) AS rules, file.feed, file.contract_no AS "contractNo",
       CASE WHEN columns_at IS NOT NULL AND columns > 0 THEN json_build_object('at', columns_at, 'width', columns) END AS columns
FROM sluice_files AS file
WHERE file_no = ANY ($1::bigint[])
