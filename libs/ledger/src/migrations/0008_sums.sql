-- The dashboard's sums and searches stay quick when there are many small files.

-- Files of a rare state, and names, are found without a look at every version.
CREATE INDEX sluice_files_gone      ON sluice_files (file_no) WHERE closed_at IS NULL AND gone_at IS NOT NULL;
CREATE INDEX sluice_files_same      ON sluice_files (file_no) WHERE same_as IS NOT NULL;
CREATE INDEX sluice_files_undone    ON sluice_files (file_no) INCLUDE (undone) WHERE undone_at IS NOT NULL;
CREATE INDEX sluice_files_names     ON sluice_files (file_no) INCLUDE (name);
CREATE INDEX sluice_conflicts_event ON sluice_conflicts (event_id);

-- The totals are the sums of the commits. Commit 0 keeps those of the dropped ones as "sum", and of their rejects those that were
-- corrected as "corrected" (negative), so that a total of rejects never goes back.
ALTER TABLE sluice_commit_counts DROP CONSTRAINT sluice_commit_counts_kind_check;
ALTER TABLE sluice_commit_counts ADD CONSTRAINT sluice_commit_counts_kind_check
  CHECK (kind IN ('event_type', 'reject', 'corrected', 'batch', 'sum'));

-- What was dropped before is what the files have more than the commits.
INSERT INTO sluice_commit_counts (commit_no, kind, name, count)
SELECT 0, 'sum', name, count
FROM (SELECT sum(records) AS records, sum(inserted) AS inserted, sum(duplicates) AS duplicates,
             sum(duplicates_in_chunk) AS duplicates_in_chunk, sum(conflicts) AS conflicts, sum(rejects) AS rejects
      FROM (SELECT records, inserted, duplicates, duplicates_in_chunk, conflicts, rejects FROM sluice_files
            UNION ALL
            SELECT -records, -inserted, -duplicates, -duplicates_in_chunk, -conflicts, -rejects FROM sluice_commits) AS part) AS gap,
     LATERAL (VALUES ('records', records), ('inserted', inserted), ('duplicates', duplicates),
                     ('duplicates_in_chunk', duplicates_in_chunk), ('conflicts', conflicts), ('rejects', rejects)) AS column_of (name, count)
WHERE count <> 0;
