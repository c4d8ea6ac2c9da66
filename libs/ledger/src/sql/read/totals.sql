-- The sums of the ledger, including the old commits merged into commit 0. Files are counted in indexes. A closed
-- version that is quarantined, the same as another one, or undone counts in the state in which it is shown too.
-- $1: only this feed
WITH sums AS (
  SELECT count(*) AS batches, max(committed_at) AS last_commit, sum(records) AS records, sum(inserted) AS inserted,
         sum(duplicates) AS duplicates, sum(duplicates_in_chunk) AS duplicates_in_chunk, sum(conflicts) AS conflicts, sum(rejects) AS rejects
  FROM sluice_commits
  WHERE $1::text IS NULL OR feed = $1::text
),
kept AS (
  SELECT sum(count) FILTER (WHERE kind = 'batch') AS batches,
         sum(count) FILTER (WHERE kind = 'sum' AND name = 'records') AS records,
         sum(count) FILTER (WHERE kind = 'sum' AND name = 'inserted') AS inserted,
         sum(count) FILTER (WHERE kind = 'sum' AND name = 'duplicates') AS duplicates,
         sum(count) FILTER (WHERE kind = 'sum' AND name = 'duplicates_in_chunk') AS duplicates_in_chunk,
         sum(count) FILTER (WHERE kind = 'sum' AND name = 'conflicts') AS conflicts,
         sum(count) FILTER (WHERE kind = 'sum' AND name = 'rejects') AS rejects
  FROM sluice_commit_counts
  WHERE commit_no = 0 AND ($1::text IS NULL OR feed = $1::text)
),
file AS (
  SELECT (SELECT count(*) FROM sluice_files WHERE $1::text IS NULL OR feed = $1::text) AS files,
         (SELECT count(*) FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NOT NULL AND ($1::text IS NULL OR feed = $1::text)) AS gone,
         (SELECT count(*) FROM sluice_files
          WHERE quarantine IS NOT NULL AND undone_at IS NULL AND ($1::text IS NULL OR feed = $1::text)) AS quarantined,
         (SELECT count(*) FROM sluice_files
          WHERE same_as IS NOT NULL AND quarantine IS NULL AND undone_at IS NULL AND ($1::text IS NULL OR feed = $1::text)) AS same,
         (SELECT sum(undone) FROM sluice_files WHERE undone_at IS NOT NULL AND ($1::text IS NULL OR feed = $1::text)) AS undone,
         (SELECT count(*) FROM sluice_files WHERE undone_at IS NOT NULL AND ($1::text IS NULL OR feed = $1::text)) AS undone_files,
         (SELECT count(*) FROM sluice_files
          WHERE held IS NOT NULL AND closed_at IS NULL AND gone_at IS NULL AND ($1::text IS NULL OR feed = $1::text)) AS held
),
waiting AS (
  SELECT count(*) AS open, min(landed_at) AS oldest_open
  FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL AND held IS NULL AND ($1::text IS NULL OR feed = $1::text)
)
SELECT file.files, file.files - waiting.open - file.held - file.gone AS closed, waiting.open, file.held, file.gone, file.quarantined, file.same,
       file.undone_files AS "undoneFiles",
       (coalesce(sums.records, 0) + coalesce(kept.records, 0))::bigint AS records,
       (coalesce(sums.inserted, 0) + coalesce(kept.inserted, 0))::bigint AS inserted,
       coalesce(file.undone, 0)::bigint AS undone,
       (coalesce(sums.duplicates, 0) + coalesce(kept.duplicates, 0))::bigint AS duplicates,
       (coalesce(sums.duplicates_in_chunk, 0) + coalesce(kept.duplicates_in_chunk, 0))::bigint AS "duplicatesInChunk",
       (coalesce(sums.conflicts, 0) + coalesce(kept.conflicts, 0))::bigint AS conflicts,
       (coalesce(sums.rejects, 0) + coalesce(kept.rejects, 0))::bigint AS rejects,
       (sums.batches + coalesce(kept.batches, 0))::bigint AS batches,
       sums.last_commit AS "lastCommit", waiting.oldest_open AS "oldestOpen"
FROM sums, kept, file, waiting
