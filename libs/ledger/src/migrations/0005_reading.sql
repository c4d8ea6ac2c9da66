-- How a version is read is pinned with it (I6), and the ledger keeps more of what reading found.

ALTER TABLE sluice_files ADD COLUMN rules JSON NOT NULL DEFAULT '{}';  -- beside chunk_rows and reader
ALTER TABLE sluice_files ADD COLUMN columns_at INT[];                  -- the place of each column of events in the header, from 0
ALTER TABLE sluice_files ADD COLUMN columns INT;                       -- how many the header names
ALTER TABLE sluice_files ADD COLUMN last_line BIGINT;                  -- the last line that was read, once that is known
ALTER TABLE sluice_files ADD COLUMN duplicates_in_chunk BIGINT NOT NULL DEFAULT 0; -- of "duplicates": the id stood earlier in the chunk
ALTER TABLE sluice_files ADD COLUMN gone_why TEXT CHECK (gone_why IN ('missing', 'changed', 'unreadable'));
ALTER TABLE sluice_commits ADD COLUMN duplicates_in_chunk INT NOT NULL DEFAULT 0;

-- A conflict is recorded with both contents.
ALTER TABLE sluice_conflicts ADD COLUMN kept JSON;

-- A corrected reject is loaded under its file and line, once: from then on it is a row, or a duplicate of one.
ALTER TABLE sluice_rejects ADD COLUMN resubmitted_at TIMESTAMPTZ;
ALTER TABLE sluice_rejects ADD COLUMN resubmitted_as UUID;
CREATE INDEX sluice_rejects_resubmitted ON sluice_rejects (resubmitted_as) WHERE resubmitted_as IS NOT NULL;

-- These two hold values of rows: only for roles that were given them by name. sluice_viewer, where there is one
-- (config/postgres_setup.sql), sees the rest of the ledger.
REVOKE ALL ON sluice_rejects, sluice_conflicts FROM PUBLIC;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_viewer') THEN
    GRANT SELECT ON sluice_files, sluice_chunks, sluice_commits, sluice_commit_counts, sluice_audit TO sluice_viewer;
  END IF;
END $$;
