-- The tables of all feeds, and of the files that are still to be loaded.
SELECT DISTINCT load #>> '{contract,table}' AS name
FROM sluice_contracts
WHERE contract_no IN (SELECT contract_no FROM sluice_feeds
                      UNION SELECT coalesce(contract_no, 1) FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL)
ORDER BY 1
