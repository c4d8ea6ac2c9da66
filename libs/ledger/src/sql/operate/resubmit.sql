-- Loads corrected rejects under their file and line, all of them in one statement or none (I2), each once (I3).
-- $1: JSON array of rows, each with sluice_file and sluice_line   $2: batch id   $3: name of the file that they came in   $4: who
-- $5: their feed
WITH input AS MATERIALIZED (
  SELECT sluice_file, sluice_line, :values(record)
  FROM json_to_recordset($1::text::json) AS record (sluice_file BIGINT, sluice_line BIGINT, :recordset)
),

-- Sorted, so that two resubmissions cannot deadlock. A reject that another one has claimed meanwhile is not found any more.
open AS MATERIALIZED (
  SELECT reject.file_no, reject.line
  FROM input JOIN sluice_rejects AS reject ON reject.file_no = sluice_file AND reject.line = sluice_line
       JOIN sluice_files AS file USING (file_no)
  WHERE reject.resubmitted_at IS NULL AND file.detail_state = 'kept' AND file.undone_at IS NULL
  ORDER BY reject.file_no, reject.line
  FOR UPDATE OF reject
),

-- The claim (I3). Its time equals the created_at of the rows, which links a reject and its row.
claimed AS (
  UPDATE sluice_rejects AS reject SET
    resubmitted_at = now(), resubmitted_as = :key_uuid(input), resubmitted_key = :key_json(input)
  FROM open JOIN input ON open.file_no = sluice_file AND open.line = sluice_line
  WHERE reject.file_no = open.file_no AND reject.line = open.line
  RETURNING reject.file_no, reject.line, reject.last_line, reject.code
),

-- sluice_nth > 1: the key occurs earlier in this input.
candidate AS MATERIALIZED (
  SELECT input.*, claimed.last_line AS sluice_last_line, claimed.code AS sluice_code, 0 AS sluice_order,
         row_number() OVER (PARTITION BY :key(input) ORDER BY sluice_file, sluice_line) AS sluice_nth
  FROM claimed JOIN input ON claimed.file_no = sluice_file AND claimed.line = sluice_line
),

:part(load)
outcome AS MATERIALIZED (
  SELECT sluice_file AS file_no, sluice_line AS line, sluice_code AS code,
         CASE WHEN (sluice_file, sluice_line) IN (SELECT file_no, line FROM conflict) THEN 'conflict'
              WHEN (sluice_file, sluice_line) IN (SELECT sluice_file, sluice_line FROM duplicate) THEN 'duplicate'
              ELSE 'inserted' END AS outcome
  FROM candidate
),

delta AS MATERIALIZED (
  SELECT file_no, count(*) AS rejects,
         count(*) FILTER (WHERE outcome = 'inserted')  AS inserted,
         count(*) FILTER (WHERE outcome <> 'inserted') AS duplicates,
         count(*) FILTER (WHERE outcome = 'conflict')  AS conflicts
  FROM outcome
  GROUP BY file_no
),

-- Files are locked after the events and sorted, as in a commit. A locked row is read as it is now, so this detects a file that
-- was undone, or whose detail began to be dropped, after this statement began.
locked AS MATERIALIZED (
  SELECT file_no, detail_state = 'kept' AND undone_at IS NULL AS kept FROM sluice_files
  WHERE file_no = ANY (ARRAY (SELECT file_no FROM delta))
  ORDER BY file_no
  FOR NO KEY UPDATE
),

updated AS (
  UPDATE sluice_files AS file SET
    rejects    = file.rejects - delta.rejects,
    inserted   = file.inserted + delta.inserted,
    duplicates = file.duplicates + delta.duplicates,
    conflicts  = file.conflicts + delta.conflicts
  FROM delta JOIN locked USING (file_no)
  WHERE file.file_no = delta.file_no
),

committed AS (
  INSERT INTO sluice_commits (batch_id, feed, chunks, records, inserted, duplicates, conflicts, rejects)
  SELECT $2::uuid, $5::text, 0, 0, sum(inserted), sum(duplicates), sum(conflicts), -sum(rejects)
  FROM delta
  HAVING count(*) > 0
  RETURNING commit_no
),

counted AS (
  INSERT INTO sluice_commit_counts (commit_no, feed, kind, name, count)
  SELECT commit_no, $5::text, kind, name, count
  FROM committed, (
    SELECT 'event_type' AS kind, sluice_counted::text AS name, count(*) AS count
    FROM inserted WHERE sluice_counted IS NOT NULL GROUP BY 2
    UNION ALL
    SELECT 'reject', code, -count(*) FROM outcome GROUP BY code
  ) part
),

audited AS (
  INSERT INTO sluice_audit (action, subject, detail, done_by)
  SELECT 'resubmit', $3::text,
         json_build_object('feed', $5::text, 'batch', $2::uuid, 'files', json_agg(file_no ORDER BY file_no), 'rejects', sum(rejects),
                           'inserted', sum(inserted), 'duplicates', sum(duplicates), 'conflicts', sum(conflicts)),
         $4::text
  FROM delta
  HAVING count(*) > 0
)

-- A duplicate of a row that is not in this statement's snapshot cannot be compared, so the caller tries again with a newer one.
SELECT (SELECT coalesce(json_agg(json_build_object('fileNo', file_no, 'line', line, 'outcome', outcome)), '[]')
        FROM outcome) AS outcomes,
       (SELECT json_build_object('rows', count(*) OVER (), 'fileNo', sluice_file, 'line', sluice_line)
        FROM duplicate WHERE NOT sluice_seen ORDER BY sluice_file, sluice_line LIMIT 1) AS unseen,
       sluice_guard((SELECT count(*) FROM locked WHERE NOT kept),
                    (SELECT count(*) FROM delta) - (SELECT count(*) FROM locked)) AS guarded
