-- When file versions passed each stage: the first and the last of their chunks.
-- $1: file numbers
SELECT file.file_no AS "fileNo", file.name, file.landed_at AS "landedAt", file.stable_at AS "stableAt", file.registered_at AS "registeredAt",
       file.closed_at AS "closedAt", chunk.*, taken.*
FROM sluice_files AS file,
     LATERAL (SELECT min(parsed_at) AS "firstParsed", max(parsed_at) AS "lastParsed", min(staged_at) AS "firstStaged",
                     max(staged_at) AS "lastStaged", max(committed_at) AS "lastCommitted"
              FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no) AS chunk,
     LATERAL (SELECT min(taken_at) AS "firstTaken", max(taken_at) AS "lastTaken"
              FROM sluice_commits
              WHERE feed = file.feed
                AND committed_at IN (SELECT committed_at FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no)) AS taken
WHERE file.file_no = ANY ($1::bigint[]) AND file.closed_at IS NOT NULL
ORDER BY file.file_no
