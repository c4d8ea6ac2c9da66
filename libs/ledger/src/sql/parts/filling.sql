-- The files whose contract fills a table. A file from before contracts has the first one.
SELECT file.* FROM sluice_files AS file JOIN sluice_contracts AS loaded ON loaded.contract_no = coalesce(file.contract_no, 1)
WHERE loaded.load #>> '{contract,table}' = $1::text
