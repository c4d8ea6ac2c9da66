-- All feeds that the ledger knows.
SELECT feed, contract_no AS "contractNo", source, source_options AS "sourceOptions", yaml_at AS "yamlAt", active_at AS "activeAt",
       retired_at AS "retiredAt", aside_at AS "asideAt", aside_why AS "asideWhy", expect,
       coalesce((SELECT min(made_at) FROM sluice_contracts AS made WHERE made.feed = known.feed), active_at) AS "inUseSince"
FROM sluice_feeds AS known
ORDER BY feed
