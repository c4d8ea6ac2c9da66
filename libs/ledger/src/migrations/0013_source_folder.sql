-- Which source folder a version was last seen in by who registers it, as the file system tells one from another. Only in that folder
-- can it be missing: another one, such as the place of a mount that is away, says nothing of it. Null: registered before.
ALTER TABLE sluice_files ADD COLUMN folder TEXT;
