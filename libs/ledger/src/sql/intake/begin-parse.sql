-- Returns one version to read, and its chunks that are in the ledger already. Records that reading begins, because a crash
-- leaves no other trace. The count starts at 1 again when the ledger has seen progress.
-- A feed that is set aside begins nothing.
-- $1: file_no
WITH aside AS (
  SELECT feed FROM sluice_feeds WHERE aside_at IS NOT NULL
),
begun AS (
  UPDATE sluice_files SET
    begun            = CASE WHEN begun_at_records = records THEN begun + 1 ELSE 1 END,
    begun_at_records = records
  WHERE file_no = $1::bigint AND closed_at IS NULL AND gone_at IS NULL
    AND NOT EXISTS (SELECT FROM aside WHERE aside.feed = sluice_files.feed)
  RETURNING file_no, begun
)
SELECT file_no AS "fileNo", name, token, changed_at AS "changedAt",
       :part(rules) AS rules, file.feed, file.contract_no AS "contractNo",
       closed_at IS NOT NULL AS closed, gone_at IS NOT NULL AS gone,
       EXISTS (SELECT FROM aside WHERE aside.feed = file.feed) AS aside, coalesce(begun.begun, 0) AS begun,
       ARRAY (SELECT first_line FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no) AS committed
FROM sluice_files AS file LEFT JOIN begun USING (file_no)
WHERE file_no = $1::bigint
