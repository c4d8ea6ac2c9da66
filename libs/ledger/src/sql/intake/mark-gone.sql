-- Records that versions could not be read when their turn came. A replay is closed and quarantined then,
-- unless each of its records is a row: the rest of them is read when the file is back.
-- $1: file numbers   $2: missing, changed or unreadable
UPDATE sluice_files AS file SET
  gone_at    = now(),
  gone_why   = $2::text,
  closed_at  = CASE WHEN replay THEN now() END,
  quarantine = CASE WHEN replay THEN 'source_missing' END
FROM (SELECT own.file_no,
             EXISTS (SELECT FROM sluice_files AS replayed
                     WHERE replayed.name = own.name AND replayed.token = own.token
                       AND replayed.content_no = own.content_no AND replayed.generation < own.generation)
               AND NOT EXISTS (SELECT FROM sluice_contracts
                               WHERE contract_no = own.contract_no AND load #>> '{contract,duplicates}' = 'keep') AS replay
      FROM sluice_files AS own WHERE own.file_no = ANY ($1::bigint[])) AS kind
WHERE file.file_no = kind.file_no AND file.closed_at IS NULL AND file.gone_at IS NULL
RETURNING file.file_no AS "fileNo"
