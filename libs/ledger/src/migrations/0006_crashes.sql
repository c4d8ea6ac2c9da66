-- How often reading a version has begun since the ledger last saw progress of it. A file that ends its worker each time
-- is found by that, also when Redis has forgotten everything.
ALTER TABLE sluice_files ADD COLUMN begun INT NOT NULL DEFAULT 0;
ALTER TABLE sluice_files ADD COLUMN begun_at_records BIGINT NOT NULL DEFAULT 0; -- "records" when it last began
