-- The files that may have the wanted rejects, and whether somebody must still deal with those.
-- $1: only files with this name   $3: only committed at this time or later   $4: only of this feed
CASE WHEN undone_at IS NOT NULL THEN 'undone'
     WHEN EXISTS (SELECT FROM sluice_files AS replay
                  WHERE replay.name = version.name AND replay.token = version.token
                    AND replay.content_no = version.content_no AND replay.generation > version.generation
                    AND replay.closed_at IS NOT NULL AND replay.quarantine IS NULL) THEN 'replayed'
     ELSE 'open' END AS state
FROM sluice_files AS version
WHERE ($1::text IS NULL OR name = $1::text) AND ($4::text IS NULL OR feed = $4::text)
  AND ($3::timestamptz IS NULL OR closed_at IS NULL OR closed_at >= $3::timestamptz)
