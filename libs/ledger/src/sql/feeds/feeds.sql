-- All feeds that the ledger knows.
SELECT feed, contract_no AS "contractNo", source, yaml_at AS "yamlAt", active_at AS "activeAt", retired_at AS "retiredAt",
       aside_at AS "asideAt", aside_why AS "asideWhy"
FROM sluice_feeds
ORDER BY feed
