-- The proof of I1, from the ledger alone. It returns a row for each problem. Detail that retention has dropped cannot be compared.
-- $1: only this feed
WITH chunk AS (
  SELECT file_no, sum(records) AS records, min(first_line) AS first_line, count(*) FILTER (WHERE gap) AS gaps
  FROM (
    SELECT file_no, records, first_line,
           first_line <> 1 + lag(last_line) OVER (PARTITION BY file_no ORDER BY first_line) AS gap
    FROM sluice_chunks
  ) span
  GROUP BY file_no
),
-- A reject that was corrected and resubmitted counts as a row or a duplicate.
reject   AS (SELECT file_no, count(*) AS rejects FROM sluice_rejects WHERE resubmitted_at IS NULL GROUP BY file_no),
conflict AS (SELECT file_no, count(*) AS conflicts FROM sluice_conflicts GROUP BY file_no),
file     AS (
  SELECT file.*, coalesce(chunk.records, 0) AS in_chunks, coalesce(chunk.gaps, 0) AS gaps, chunk.first_line,
         coalesce(reject.rejects, 0) AS in_rejects, coalesce(conflict.conflicts, 0) AS in_conflicts
  FROM sluice_files AS file
  LEFT JOIN chunk USING (file_no)
  LEFT JOIN reject USING (file_no)
  LEFT JOIN conflict USING (file_no)
  WHERE $1::text IS NULL OR feed = $1::text
)

SELECT 'unbalanced' AS problem, file_no AS "fileNo", name,
       format('%s records, %s inserted + %s duplicates + %s rejects', records, inserted, duplicates, rejects) AS detail
FROM file WHERE records <> inserted + duplicates + rejects
UNION ALL
SELECT 'detail_differs', file_no, name,
       format('the file counts %s records, %s rejects, %s conflicts; its detail %s, %s, %s',
              records, rejects, conflicts, in_chunks, in_rejects, in_conflicts)
FROM file
WHERE (records, rejects, conflicts) IS DISTINCT FROM (in_chunks, in_rejects, in_conflicts) AND detail_state = 'kept'
UNION ALL
SELECT 'incomplete', file_no, name, format('closed with %s of %s records', records, total)
FROM file WHERE closed_at IS NOT NULL AND same_as IS NULL AND gone_at IS NULL AND total IS DISTINCT FROM records
UNION ALL
SELECT 'gap', file_no, name, format('%s gaps between its chunks, which begin at line %s', gaps, first_line)
FROM file
WHERE closed_at IS NOT NULL AND gone_at IS NULL AND detail_state = 'kept' AND (gaps > 0 OR first_line > 1)
  AND quarantine IS DISTINCT FROM 'crashes_worker'
UNION ALL
SELECT 'open', file_no, name, format('%s records so far', records)
FROM file WHERE closed_at IS NULL AND gone_at IS NULL AND held IS NULL
UNION ALL
SELECT 'unregistered', file_no, NULL, format('%s chunks of a file that the ledger does not know', count(*))
FROM sluice_chunks AS orphan
WHERE $1::text IS NULL AND NOT EXISTS (SELECT FROM sluice_files WHERE sluice_files.file_no = orphan.file_no)
GROUP BY file_no
ORDER BY 1, 2
