-- What the dashboard asks is answered from indexes, however large the ledger is.

CREATE INDEX sluice_files_closed      ON sluice_files (closed_at) INCLUDE (landed_at, file_no) WHERE closed_at IS NOT NULL AND same_as IS NULL;
CREATE INDEX sluice_files_quarantined ON sluice_files (file_no) WHERE quarantine IS NOT NULL;
CREATE INDEX sluice_chunks_batch      ON sluice_chunks (batch_id);
CREATE INDEX sluice_chunks_parsed     ON sluice_chunks (parsed_at) INCLUDE (records);
CREATE INDEX sluice_rejects_code      ON sluice_rejects (code, file_no, line);
CREATE INDEX sluice_counts_by_name    ON sluice_commit_counts (kind, name) INCLUDE (count);

-- When its chunks were taken from staging: what is before that is the wait for a flush. Null: a correction, or older.
ALTER TABLE sluice_commits ADD COLUMN taken_at TIMESTAMPTZ;
