-- The last statement of a commit: what it means for the rejects, the files and the counts. All of the transaction becomes visible
-- as a whole or not at all (I2).
-- $1: JSON array of the headers of the claimed chunks   $2: what came of the rows of each file   $3: what conflicts.sql says
-- $4: rows by the field that they are counted by   $5: the batches, as the text of an array
-- $6: when the first of them was taken from staging, if that is known
WITH own AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($1::text::json) AS chunk (
    file_no BIGINT, contract INT, last_line BIGINT, records INT, total BIGINT, content_hash TEXT, quarantine TEXT, quarantine_detail TEXT,
    columns_at INT[], columns INT, stray_quotes BIGINT, stray_quote_at BIGINT[], rejects JSON)
),

rejected AS (
  INSERT INTO sluice_rejects (file_no, line, last_line, col, code, expected, raw)
  SELECT own.file_no, reject.*
  FROM own, json_to_recordset(own.rejects) AS reject (line BIGINT, last_line BIGINT, col TEXT, code TEXT, expected TEXT, raw TEXT)
  RETURNING file_no, code
),

-- What this batch adds to each file.
delta AS MATERIALIZED (
  SELECT file_no,
         sum(chunks) AS chunks, sum(records) AS records, sum(candidates) - sum(duplicates) AS inserted,
         sum(duplicates) AS duplicates, sum(repeated) AS repeated, sum(conflicts) AS conflicts, sum(rejects) AS rejects
  FROM (
    SELECT file_no, 1 AS chunks, records, 0 AS candidates, 0 AS duplicates, 0 AS repeated, 0 AS conflicts, 0 AS rejects
    FROM own
    UNION ALL
    SELECT file_no, 0, 0, candidates, duplicates, repeated, conflicts, 0
    FROM (VALUES ($2::text::json), ($3::text::json)) AS told (part),
         json_to_recordset(part) AS loaded (file_no BIGINT, candidates BIGINT, duplicates BIGINT, repeated BIGINT, conflicts BIGINT)
    UNION ALL
    SELECT file_no, 0, 0, 0, 0, 0, 0, count(*) FROM rejected GROUP BY file_no
  ) part
  GROUP BY file_no
),

-- What the chunks say about their file. Only the last chunk of a version knows the file's end.
found AS MATERIALIZED (
  SELECT file_no, max(contract) AS contract, max(columns_at) AS columns_at, max(columns) AS columns, max(total) AS total,
         max(last_line) FILTER (WHERE total IS NOT NULL) AS last_line, max(content_hash) AS content_hash,
         max(quarantine) AS quarantine, max(quarantine_detail) AS quarantine_detail,
         coalesce(sum(stray_quotes), 0) AS stray_quotes, min(stray_quote_at) AS stray_quote_at
  FROM own
  GROUP BY file_no
),

-- Files are locked in sorted order, so that two workers cannot deadlock. A locked row is read as it is now, so this detects
-- a file that was closed, or got another contract, after its chunks were claimed.
locked AS MATERIALIZED (
  SELECT file_no, feed,
         closed_at IS NULL
           AND contract_no IS NOT DISTINCT FROM (SELECT contract FROM found WHERE found.file_no = file.file_no) AS open
  FROM sluice_files AS file
  WHERE file_no = ANY (ARRAY (SELECT file_no FROM delta))
  ORDER BY file_no
  FOR NO KEY UPDATE
),

-- A file is complete when total = records. Only this statement decides that.
updated AS (
  UPDATE sluice_files AS file SET
    records             = file.records + delta.records,
    inserted            = file.inserted + delta.inserted,
    duplicates          = file.duplicates + delta.duplicates,
    duplicates_in_chunk = file.duplicates_in_chunk + delta.repeated,
    conflicts           = file.conflicts + delta.conflicts,
    rejects             = file.rejects + delta.rejects,
    columns_at          = coalesce(file.columns_at, found.columns_at),
    columns             = coalesce(file.columns, found.columns),
    last_line           = coalesce(found.last_line, file.last_line),
    total               = coalesce(found.total, file.total),
    content_hash        = coalesce(found.content_hash, file.content_hash),
    quarantine          = coalesce(found.quarantine, file.quarantine),
    quarantine_detail   = coalesce(found.quarantine_detail, file.quarantine_detail),
    stray_quotes        = file.stray_quotes + found.stray_quotes,
    stray_quote_at      = least(file.stray_quote_at, found.stray_quote_at),
    closed_at           = CASE WHEN coalesce(found.total, file.total) = file.records + delta.records
                               THEN now() ELSE file.closed_at END
  FROM delta JOIN found USING (file_no) JOIN locked USING (file_no)
  WHERE file.file_no = delta.file_no AND locked.open
  RETURNING file.file_no, file.name, file.token, file.changed_at, file.landed_at, file.records, file.inserted, file.duplicates,
            file.conflicts, file.rejects, file.quarantine, file.quarantine_detail, file.closed_at,
            file.stray_quotes, file.stray_quote_at
),

committed AS (
  INSERT INTO sluice_commits (batch_id, batches, feed, chunks, records, inserted, duplicates, duplicates_in_chunk, conflicts, rejects, taken_at)
  SELECT ($5::text::uuid[])[1], CASE WHEN cardinality($5::text::uuid[]) > 1 THEN $5::text::uuid[] END, coalesce(min(feed), 'events'), sum(chunks), sum(records), sum(inserted), sum(duplicates), sum(repeated), sum(conflicts), sum(rejects),
         $6::timestamptz
  FROM delta LEFT JOIN locked USING (file_no) -- A commit is of one feed.
  RETURNING *
),

counted AS (
  INSERT INTO sluice_commit_counts (commit_no, feed, kind, name, count)
  SELECT commit_no, feed, kind, name, count
  FROM committed, (
    SELECT 'event_type' AS kind, name, count FROM json_to_recordset($4::text::json) AS loaded (name TEXT, count BIGINT)
    UNION ALL
    SELECT 'reject', code, count(*) FROM rejected GROUP BY code
  ) part
)

SELECT chunks, records, inserted, duplicates, conflicts, rejects,
       (SELECT coalesce(json_agg(json_build_object(
                 'fileNo', file_no, 'name', name, 'token', token, 'changedAt', changed_at, 'records', records,
                 'inserted', inserted, 'duplicates', duplicates, 'conflicts', conflicts, 'rejects', rejects, 'quarantine', quarantine,
                 'quarantineDetail', quarantine_detail,
                 'strayQuotes', CASE WHEN stray_quote_at[2] IS NOT NULL THEN json_build_object(
                   'count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2]) END,
                 'seconds', extract(epoch FROM closed_at - landed_at)) ORDER BY file_no), '[]')
        FROM updated WHERE closed_at IS NOT NULL) AS closed,
       sluice_guard((SELECT count(*) FROM locked WHERE NOT open),
                    (SELECT count(*) FROM delta) - (SELECT count(*) FROM locked)) AS guarded
FROM committed
