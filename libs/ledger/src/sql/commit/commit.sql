-- Commits one micro-batch, which becomes visible as a whole or not at all (I2). The second statement, late-conflicts.sql, runs in
-- the same transaction.
-- $1: JSON array of staged chunks   $2: batch id   $3: when they were taken from staging, if that is known

-- A chunk that is named twice counts once. Chunks of a closed file are left out (I3): they are in the ledger already, even if
-- retention has dropped their claims, or the file was closed without them.
WITH input AS MATERIALIZED (
  SELECT DISTINCT ON (file_no, first_line) *
  FROM json_to_recordset($1::text::json) AS chunk (
    file_no BIGINT, first_line BIGINT, last_line BIGINT, records INT, total BIGINT, content_hash TEXT,
    quarantine TEXT, quarantine_detail TEXT, columns_at INT[], columns INT, queued_at TIMESTAMPTZ, parsed_at TIMESTAMPTZ,
    staged_at TIMESTAMPTZ, stray_quotes BIGINT, stray_quote_at BIGINT[], rows JSON, rejects JSON)
  WHERE coalesce((SELECT closed_at IS NULL FROM sluice_files WHERE sluice_files.file_no = chunk.file_no), true)
  ORDER BY file_no, first_line
),

-- The claim (I3): a chunk that is in the ledger already returns no row here. Sorted, so that two workers cannot deadlock.
claimed AS (
  INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at)
  SELECT file_no, first_line, last_line, records, $2::uuid, queued_at, parsed_at, staged_at
  FROM input
  ORDER BY file_no, first_line
  ON CONFLICT DO NOTHING
  RETURNING file_no, first_line
),

own AS MATERIALIZED (
  SELECT input.* FROM input JOIN claimed USING (file_no, first_line)
),

-- The rows of the claimed chunks. nth > 1: the key occurs earlier in this batch. again: it occurs earlier in the same chunk.
-- The window keeps the rows of a chunk together, because the chunks of a file do not overlap.
candidate AS MATERIALIZED (
  SELECT own.file_no, own.first_line, record.line, coalesce(record.last_line, record.line) AS last_line, :columns(record),
         row_number() OVER of_key AS nth,
         lag(own.file_no) OVER of_key = own.file_no AND lag(own.first_line) OVER of_key = own.first_line AS again
  FROM own, json_to_recordset(own.rows) AS record (line BIGINT, last_line BIGINT, :recordset)
  WINDOW of_key AS (PARTITION BY record.:key ORDER BY own.file_no, record.line)
),

:part(load)
rejected AS (
  INSERT INTO sluice_rejects (file_no, line, last_line, col, code, expected, raw)
  SELECT own.file_no, reject.*
  FROM own, json_to_recordset(own.rejects) AS reject (line BIGINT, last_line BIGINT, col TEXT, code TEXT, expected TEXT, raw TEXT)
  RETURNING file_no, code
),

-- What this batch adds to each file.
delta AS MATERIALIZED (
  SELECT file_no,
         sum(chunks) AS chunks, sum(records) AS records, sum(inserted) AS inserted, sum(duplicates) AS duplicates,
         sum(repeated) AS repeated, sum(conflicts) AS conflicts, sum(rejects) AS rejects
  FROM (
    SELECT file_no, 1 AS chunks, records, 0 AS inserted, 0 AS duplicates, 0 AS repeated, 0 AS conflicts, 0 AS rejects
    FROM own
    UNION ALL
    SELECT file_no, 0, 0, count(*), 0, 0, 0, 0 FROM candidate GROUP BY file_no
    UNION ALL
    SELECT file_no, 0, 0, -count(*), count(*), count(*) FILTER (WHERE again), 0, 0 FROM duplicate GROUP BY file_no
    UNION ALL
    SELECT file_no, 0, 0, 0, 0, 0, count(*), 0 FROM conflict GROUP BY file_no
    UNION ALL
    SELECT file_no, 0, 0, 0, 0, 0, 0, count(*) FROM rejected GROUP BY file_no
  ) part
  GROUP BY file_no
),

-- What the chunks say about their file. Only the last chunk of a version knows the file's end.
found AS MATERIALIZED (
  SELECT file_no, max(columns_at) AS columns_at, max(columns) AS columns, max(total) AS total,
         max(last_line) FILTER (WHERE total IS NOT NULL) AS last_line, max(content_hash) AS content_hash,
         max(quarantine) AS quarantine, max(quarantine_detail) AS quarantine_detail,
         coalesce(sum(stray_quotes), 0) AS stray_quotes, min(stray_quote_at) AS stray_quote_at
  FROM own
  GROUP BY file_no
),

-- Files are locked in sorted order, so that two workers cannot deadlock. A locked row is read as it is now, so this detects
-- a file that was closed after this statement began.
locked AS MATERIALIZED (
  SELECT file_no, closed_at IS NULL AS open FROM sluice_files
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
  INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, duplicates_in_chunk, conflicts, rejects, taken_at)
  SELECT $2::uuid, sum(chunks), sum(records), sum(inserted), sum(duplicates), sum(repeated), sum(conflicts), sum(rejects),
         $3::timestamptz
  FROM delta
  HAVING count(*) > 0
  RETURNING *
),

counted AS (
  INSERT INTO sluice_commit_counts (commit_no, kind, name, count)
  SELECT commit_no, kind, name, count
  FROM committed, (
    SELECT 'event_type' AS kind, :count_by AS name, count(*) AS count FROM inserted GROUP BY :count_by
    UNION ALL
    SELECT 'reject', code, count(*) FROM rejected GROUP BY code
  ) part
)

SELECT commit_no AS "commitNo", coalesce(chunks, 0) AS chunks, coalesce(records, 0) AS records, coalesce(inserted, 0) AS inserted,
       coalesce(duplicates, 0) AS duplicates, coalesce(conflicts, 0) AS conflicts, coalesce(rejects, 0) AS rejects,
       (SELECT coalesce(json_agg(json_build_object(
                 'fileNo', file_no, 'name', name, 'token', token, 'changedAt', changed_at, 'records', records,
                 'inserted', inserted, 'duplicates', duplicates, 'conflicts', conflicts, 'rejects', rejects, 'quarantine', quarantine,
                 'quarantineDetail', quarantine_detail,
                 'strayQuotes', CASE WHEN stray_quote_at[2] IS NOT NULL THEN json_build_object(
                   'count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2]) END,
                 'seconds', extract(epoch FROM closed_at - landed_at)) ORDER BY file_no), '[]')
        FROM updated WHERE closed_at IS NOT NULL) AS closed,
       -- Duplicates of rows that were committed after this statement's snapshot, which late-conflicts.sql compares.
       (SELECT json_agg(late)::text FROM (
          SELECT file_no, line, last_line, :columns
          FROM duplicate WHERE NOT seen) AS late) AS unseen,
       sluice_guard((SELECT count(*) FROM locked WHERE NOT open),
                    (SELECT count(*) FROM delta) - (SELECT count(*) FROM locked)) AS guarded
FROM (VALUES (1)) AS one LEFT JOIN committed ON true
