-- Leaves out the rows that another loaded file holds too. If retention has dropped what the ledger knew of its lines, all of them
-- are loaded.
-- $1: JSON array of the keys of that file, each with its line   $2: its number
UPDATE sluice_undoing AS noted SET sluice_kept = 'shared'
FROM json_populate_recordset(NULL::sluice_undoing, $1::text::json) AS record
WHERE (:key(noted)) = (:key(record))
  AND noted.sluice_kept IS NULL
  AND (EXISTS (SELECT FROM sluice_files WHERE file_no = $2::bigint AND detail_state <> 'kept')
       OR EXISTS (SELECT FROM sluice_chunks AS span
                  WHERE span.file_no = $2::bigint AND record.sluice_at_line BETWEEN span.first_line AND span.last_line))
  AND NOT EXISTS (SELECT FROM sluice_rejects AS reject WHERE reject.file_no = $2::bigint AND reject.line = record.sluice_at_line)
