-- The rejects by code, by what was expected, and by whether somebody still has to see to them.
-- $1: only of files of this name   $2: only with this code   $3: only committed at this time or later
WITH file AS MATERIALIZED (
  SELECT file_no,
         CASE WHEN undone_at IS NOT NULL THEN 'undone'
              WHEN EXISTS (SELECT FROM sluice_files AS replay
                           WHERE replay.name = version.name AND replay.token = version.token
                             AND replay.content_no = version.content_no AND replay.generation > version.generation
                             AND replay.closed_at IS NOT NULL AND replay.quarantine IS NULL) THEN 'replayed'
              ELSE 'open' END AS state
  FROM sluice_files AS version
  WHERE ($1::text IS NULL OR name = $1::text)
    AND ($3::timestamptz IS NULL OR closed_at IS NULL OR closed_at >= $3::timestamptz)
)
SELECT CASE WHEN entry.resubmitted_at IS NOT NULL THEN 'resubmitted' ELSE file.state END AS state,
       entry.code, entry.expected, count(*) AS count
FROM sluice_rejects AS entry JOIN file USING (file_no)
WHERE ($2::text IS NULL OR entry.code = $2::text)
  AND ($3::timestamptz IS NULL OR (
    SELECT committed_at FROM sluice_chunks AS span
    WHERE span.file_no = entry.file_no AND span.first_line <= entry.line
    ORDER BY span.first_line DESC
    LIMIT 1) >= $3::timestamptz)
GROUP BY 1, 2, 3
ORDER BY 4 DESC, 2, 3
