-- The files of a run that somebody should hear of: those that need a person, and those that were not loaded because they had been
-- before. "files": how many there are of the kind.
-- $1: the highest file number before the run   $2: when it began   $3: at most so many of each kind
WITH own AS (
  SELECT file_no FROM sluice_files WHERE file_no > $1::bigint
  UNION
  SELECT file_no FROM sluice_files WHERE closed_at >= $2::timestamptz AND same_as IS NULL
),
told AS (
  SELECT file_no, feed, name, records, quarantine, quarantine_detail, held, same_as, stray_quotes, stray_quote_at,
         CASE WHEN quarantine IS NOT NULL                                THEN 'quarantined'
              WHEN held IS NOT NULL                                      THEN 'held'
              WHEN same_as IS NOT NULL                                   THEN 'same'
              WHEN closed_at IS NOT NULL AND records > 0 AND rejects = records THEN 'rejected'
              WHEN stray_quotes > 0 AND stray_quote_at[2] IS NOT NULL    THEN 'swallowed' END AS kind
  FROM own JOIN sluice_files AS file USING (file_no)
  WHERE undone_at IS NULL AND quarantine IS DISTINCT FROM 'superseded'
),
numbered AS (
  SELECT told.*, row_number() OVER (PARTITION BY kind ORDER BY file_no) AS number, count(*) OVER (PARTITION BY kind) AS files
  FROM told WHERE kind IS NOT NULL
)
SELECT kind, files, file_no AS "fileNo", feed, name, records, quarantine, quarantine_detail AS "quarantineDetail", held,
       (SELECT name FROM sluice_files AS loaded WHERE loaded.file_no = numbered.same_as) AS "sameAs",
       CASE WHEN kind = 'swallowed' THEN
         json_build_object('count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2]) END AS "strayQuotes"
FROM numbered
WHERE number <= $3::int
ORDER BY kind, file_no
