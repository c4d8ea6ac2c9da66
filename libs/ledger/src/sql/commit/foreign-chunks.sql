-- The staged files that the ledger does not know under their number and name, because it has lost their registration.
-- $1: JSON array of {file_no, name}
SELECT staged.file_no AS "fileNo"
FROM json_to_recordset($1::text::json) AS staged (file_no BIGINT, name TEXT)
LEFT JOIN sluice_files AS file USING (file_no, name)
WHERE file.file_no IS NULL
