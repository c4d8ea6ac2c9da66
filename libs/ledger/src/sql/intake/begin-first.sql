-- Records the first beginning of versions that nobody has begun to read, just before their jobs are added, and returns what their
-- first parse needs to know. So that parse asks the ledger for nothing. Versions from before there were feeds are left out.
-- $1: file numbers
WITH noted AS MATERIALIZED (
  SELECT unnest($1::bigint[]) AS file_no
),
locked AS MATERIALIZED (:part(locked))
UPDATE sluice_files AS file SET begun = 1, begun_at_records = 0
FROM locked
WHERE file.file_no = locked.file_no AND closed_at IS NULL AND gone_at IS NULL AND held IS NULL
  AND begun = 0 AND records = 0 AND contract_no IS NOT NULL
RETURNING file.file_no AS "fileNo", changed_at AS "changedAt", contract_no AS "contractNo", chunk_rows AS "chunkRows", reader
