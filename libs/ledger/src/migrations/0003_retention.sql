-- Retention: the detail of closed files may go, the knowledge of what was loaded stays.

-- kept -> dropping -> dropped. From dropping on, no chunk of the file can be claimed again (I3): its claims are going.
ALTER TABLE sluice_files ADD COLUMN detail_state TEXT NOT NULL DEFAULT 'kept'
  CHECK (detail_state IN ('kept', 'dropping', 'dropped'));

CREATE INDEX sluice_files_kept     ON sluice_files (closed_at) WHERE closed_at IS NOT NULL AND detail_state = 'kept';
CREATE INDEX sluice_files_dropping ON sluice_files (file_no) WHERE detail_state = 'dropping';

-- Old chunks are looked for among millions once a day; they lie in the order of their time, so a summary of the
-- pages will do, and costs a commit next to nothing.
CREATE INDEX sluice_chunks_committed_at ON sluice_chunks USING brin (committed_at);

-- Commit 0 stands for all that were dropped: its counts are sums, and "batch" is how many there were.
ALTER TABLE sluice_commit_counts ALTER COLUMN count TYPE BIGINT;
ALTER TABLE sluice_commit_counts DROP CONSTRAINT sluice_commit_counts_kind_check;
ALTER TABLE sluice_commit_counts ADD CONSTRAINT sluice_commit_counts_kind_check
  CHECK (kind IN ('event_type', 'reject', 'batch'));
