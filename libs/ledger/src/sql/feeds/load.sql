-- One contract. $1: its number; null: the contract of versions that were registered before there were feeds
SELECT contract_no AS "contractNo", feed, load
FROM sluice_contracts
WHERE contract_no = coalesce($1::int, 1)
