-- The tables that the feeds fill now, each once, with the contract of one feed that fills it. A table that is missing matters only
-- while its feed is not retired.
-- $1: only those of this feed
SELECT DISTINCT ON (load #>> '{contract,table}') feed, contract_no AS "contractNo",
       to_regclass(quoted.name) IS NOT NULL
         AND has_table_privilege(to_regclass(quoted.name), 'SELECT') AS readable
FROM sluice_feeds
JOIN sluice_contracts USING (feed, contract_no),
     LATERAL (SELECT string_agg(quote_ident(part), '.') AS name
              FROM string_to_table(load #>> '{contract,table}', '.') AS part) AS quoted
WHERE ($1::text IS NULL OR feed = $1::text) AND (retired_at IS NULL OR to_regclass(quoted.name) IS NOT NULL)
ORDER BY load #>> '{contract,table}', contract_no DESC
