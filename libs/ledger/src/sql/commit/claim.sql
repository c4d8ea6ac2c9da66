-- Claims the chunks of micro-batches, each at most once (I3). The first statement of a commit: the others follow in
-- the same transaction.
-- $1: JSON array of the headers of staged chunks   $2: the batch of each, as the text of an array

-- A chunk that is named twice counts once. Chunks of a closed file are left out: they are in the ledger already, even if retention
-- has dropped their claims, or the file was closed without them. So are chunks that were read by another contract than the one that
-- their version has now: they are read again.
WITH header AS MATERIALIZED (
  SELECT DISTINCT ON (file_no, first_line) *
  FROM ROWS FROM (json_to_recordset($1::text::json) AS (
    file_no BIGINT, contract INT, first_line BIGINT, last_line BIGINT, records INT, queued_at TIMESTAMPTZ, parsed_at TIMESTAMPTZ,
    staged_at TIMESTAMPTZ)) WITH ORDINALITY AS chunk (
    file_no, contract, first_line, last_line, records, queued_at, parsed_at, staged_at, nth)
  WHERE coalesce((SELECT closed_at IS NULL AND contract_no IS NOT DISTINCT FROM contract
                  FROM sluice_files WHERE sluice_files.file_no = chunk.file_no), true)
  ORDER BY file_no, first_line
),

-- A chunk that is in the ledger already returns no row here. Sorted, so that two workers cannot deadlock.
claimed AS (
  INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at)
  SELECT file_no, first_line, last_line, records, ($2::text::uuid[])[nth], queued_at, parsed_at, staged_at
  FROM header
  ORDER BY file_no, first_line
  ON CONFLICT DO NOTHING
  RETURNING file_no, first_line
)

SELECT file_no AS "fileNo", first_line AS "firstLine", nth - 1 AS at
FROM header JOIN claimed USING (file_no, first_line)
ORDER BY file_no, first_line
