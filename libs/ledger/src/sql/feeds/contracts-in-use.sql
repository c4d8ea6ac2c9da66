-- The contracts by which records are loaded, or will be: of the feeds that are not retired, and of the versions that are open.
SELECT feed, contract_no AS "contractNo" FROM sluice_feeds WHERE retired_at IS NULL
UNION
SELECT DISTINCT feed, contract_no FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL
ORDER BY 1, 2
