-- When files of a feed are to come, as the YAML of the watcher says that was changed last. It is no part of the contract, so a change
-- of it reads no file again.
ALTER TABLE sluice_feeds ADD COLUMN expect JSONB;

-- How many files of a feed landed in a day, among any number of others.
CREATE INDEX sluice_files_landed ON sluice_files (feed, landed_at);
