-- All versions of one name, oldest first.
-- $1: name
SELECT file_no, name, token, generation, content_no, changed_at, chunk_rows, reader, rules, content_hash, same_as, landed_at, closed_at, gone_at, records,
       inserted, duplicates, rejects, undone, undone_at, quarantine, detail_state
FROM sluice_files
WHERE name = $1::text
ORDER BY file_no
