-- The contracts that fill a table by a key.
-- $1: the name of the table   $2: JSON array of the columns of the key
SELECT contract_no AS "contractNo"
FROM sluice_contracts
WHERE load #>> '{contract,table}' = $1::text AND load #> '{contract,key}' = $2::text::jsonb
ORDER BY contract_no
