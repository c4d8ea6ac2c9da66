-- Pins the contract of a feed to its open versions of which nothing is committed. What workers have read of them is read again. Versions
-- from before there were feeds keep their own rules.
-- $1: feed   $2: contract
UPDATE sluice_files AS file SET contract_no = $2::int, begun = 0, begun_at_records = 0
WHERE feed = $1::text AND closed_at IS NULL AND contract_no <> $2::int
  AND records = 0 AND NOT EXISTS (SELECT FROM sluice_chunks AS chunk WHERE chunk.file_no = file.file_no)
RETURNING file_no AS "fileNo"
