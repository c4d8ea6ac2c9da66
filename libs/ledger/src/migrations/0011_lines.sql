-- Rejects and conflicts know the line on which their record ends. Null: from before this was kept.
ALTER TABLE sluice_rejects   ADD COLUMN last_line BIGINT;
ALTER TABLE sluice_conflicts ADD COLUMN last_line BIGINT;

-- Records over many lines that look like several: a quote too many takes the lines up to the next one along.
ALTER TABLE sluice_files ADD COLUMN stray_quotes BIGINT NOT NULL DEFAULT 0; -- how many
ALTER TABLE sluice_files ADD COLUMN stray_quote_at BIGINT[];                -- first and last line of the first of them
CREATE INDEX sluice_files_stray_quotes ON sluice_files (file_no) WHERE stray_quotes > 0;
