-- Other versions that may share rows with the given ones. "sameBatch": it was in a batch with them, so a row of that batch
-- may be its own. "holder": it may have brought the same rows again, as duplicates, and is not undone.
-- $1: file numbers
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
SELECT file_no AS "fileNo", name, token, content_no AS "contentNo", content_hash AS "contentHash",
       :part(rules) AS rules, file.feed, file.contract_no AS "contractNo",
       file_no IN (SELECT file_no FROM same_batch) AS "sameBatch",
       duplicates > 0 AND undone_at IS NULL AS holder
FROM sluice_files AS file
WHERE file_no <> ALL ($1::bigint[])
  AND (file_no IN (SELECT file_no FROM same_batch)
       OR (duplicates > 0 AND undone_at IS NULL AND coalesce(closed_at, now()) >= (SELECT first FROM bounds)))
ORDER BY file_no
