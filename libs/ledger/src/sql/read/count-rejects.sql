-- The number of rejects by code, by what was expected, and by whether somebody must still deal with them.
-- $1: only files with this name   $2: only this code   $3: only committed at this time or later   $4: only of this feed
WITH file AS MATERIALIZED (
  SELECT file_no,
         :part(rejected)
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
