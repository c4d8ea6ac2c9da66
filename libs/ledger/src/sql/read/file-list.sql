-- One page of the file versions, newest first. Each state has its own index, apart from "closed", the state of most versions.
-- $1: a LIKE pattern for the name, in any case   $2: only this state, or only versions with "duplicates"
-- $3: file_no of the last version of the previous page   $4: limit   $5: only this feed
SELECT file_no AS "fileNo", feed, name, split_part(token, '-', 1)::bigint AS bytes, generation, landed_at AS "landedAt", closed_at AS "closedAt",
       records, inserted, duplicates, conflicts, rejects, quarantine,
       :part(state)
FROM (
  (SELECT file_no FROM sluice_files
   WHERE $2::text IS NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'duplicates' AND duplicates > 0
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'undone' AND undone_at IS NOT NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'quarantined' AND quarantine IS NOT NULL AND undone_at IS NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'same' AND same_as IS NOT NULL AND quarantine IS NULL AND undone_at IS NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'closed' AND closed_at IS NOT NULL AND same_as IS NULL AND quarantine IS NULL AND undone_at IS NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'gone' AND closed_at IS NULL AND gone_at IS NOT NULL AND same_as IS NULL AND quarantine IS NULL AND undone_at IS NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'held' AND held IS NOT NULL AND closed_at IS NULL AND gone_at IS NULL
     :part(page))
  UNION ALL
  (SELECT file_no FROM sluice_files
   WHERE $2::text = 'open' AND closed_at IS NULL AND gone_at IS NULL AND held IS NULL AND same_as IS NULL AND quarantine IS NULL AND undone_at IS NULL
     :part(page))
) AS page JOIN sluice_files USING (file_no)
ORDER BY file_no DESC
