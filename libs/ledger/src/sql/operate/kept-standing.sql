-- What decides whether a version of a feed that keeps every record may be loaded. "loading": a version of its name or content that is being
-- loaded. "loaded": one with its content whose rows are in the table, or will be.
-- $1: name   $2: token
WITH latest AS (
  SELECT file_no, feed, name, held, closed_at,
         (SELECT content_hash FROM sluice_files AS own
          WHERE own.name = $1::text AND own.token = $2::text AND own.content_no = file.content_no AND content_hash IS NOT NULL
          ORDER BY generation DESC LIMIT 1) AS content_hash
  FROM sluice_files AS file
  WHERE name = $1::text AND token = $2::text
  ORDER BY generation DESC
  LIMIT 1
)
SELECT file_no AS "fileNo", feed, held, content_hash AS "contentHash",
       (SELECT min(other.name) FROM sluice_files AS other
        WHERE other.feed = latest.feed AND (other.name = latest.name OR other.content_hash = latest.content_hash)
          AND other.closed_at IS NULL AND other.gone_at IS NULL AND other.held IS NULL) AS loading,
       (SELECT min(other.name) FROM sluice_files AS other
        WHERE other.feed = latest.feed AND other.content_hash = latest.content_hash
          AND other.closed_at IS NOT NULL AND other.records > 0 AND other.undone_at IS NULL) AS loaded
FROM latest
