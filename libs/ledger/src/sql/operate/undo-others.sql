-- Other versions that may share rows with the given ones, of those that fill the same table by the same key. "sameBatch": it was in
-- a batch with them, so a row of that batch may be its own. "holder": it may have brought the same rows again, as duplicates, and is
-- not undone.
-- $1: file numbers   $2: numbers of the contracts of that table and key
WITH times AS MATERIALIZED (
  SELECT DISTINCT committed_at FROM sluice_chunks WHERE file_no = ANY ($1::bigint[])
),
bounds AS MATERIALIZED (
  SELECT min(committed_at) AS first, max(committed_at) AS last FROM times
),
same_batch AS MATERIALIZED (
  SELECT DISTINCT file_no FROM sluice_chunks, bounds
  WHERE committed_at BETWEEN bounds.first AND bounds.last AND committed_at IN (SELECT committed_at FROM times)
)
SELECT file_no AS "fileNo", feed, contract_no AS "contractNo", name, token, content_no AS "contentNo", content_hash AS "contentHash",
       :part(rules) AS rules,
       file_no IN (SELECT file_no FROM same_batch) AS "sameBatch",
       duplicates > 0 AND undone_at IS NULL AS holder
FROM sluice_files AS file
WHERE file_no <> ALL ($1::bigint[]) AND coalesce(contract_no, 1) = ANY ($2::int[])
  AND (file_no IN (SELECT file_no FROM same_batch)
       OR (duplicates > 0 AND undone_at IS NULL
           AND coalesce(closed_at, now()) >= (SELECT min(registered_at) FROM sluice_files WHERE file_no = ANY ($1::bigint[]))))
ORDER BY file_no
