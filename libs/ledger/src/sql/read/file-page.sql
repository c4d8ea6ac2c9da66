-- One file version, and when its chunks passed the stages.
-- $1: file_no
SELECT file.*, split_part(file.token, '-', 1)::bigint AS bytes,
       CASE WHEN undone_at IS NOT NULL THEN 'undone'
            WHEN quarantine IS NOT NULL THEN 'quarantined'
            WHEN same_as IS NOT NULL THEN 'same'
            WHEN closed_at IS NOT NULL THEN 'closed'
            WHEN gone_at IS NOT NULL THEN 'gone'
            ELSE 'open' END AS state,
       chunk.*
FROM sluice_files AS file,
     LATERAL (SELECT min(queued_at) AS queued_at, min(parsed_at) AS first_parsed, max(parsed_at) AS last_parsed,
                     min(committed_at) AS first_committed, max(committed_at) AS last_committed
              FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no) AS chunk
WHERE file.file_no = $1::bigint
