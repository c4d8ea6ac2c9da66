-- All versions of one name, oldest first.
-- $1: name
SELECT file_no AS "fileNo", name, token, generation, content_no AS "contentNo", changed_at AS "changedAt",
       :part(rules) AS rules, file.feed, file.contract_no AS "contractNo",
       content_hash AS "contentHash", same_as AS "sameAs", landed_at AS "landedAt", closed_at AS "closedAt", gone_at AS "goneAt", held,
       records, inserted, duplicates, rejects, undone, undone_at AS "undoneAt", quarantine, detail_state AS "detailState"
FROM sluice_files AS file
WHERE name = $1::text
ORDER BY file_no
