-- ctime beside the token, and where clean-up has put a file.

-- ctime in ns since 1970, of the content that was read or compared last. Null: registered before, and not looked at since.
ALTER TABLE sluice_files ADD COLUMN changed_at TEXT;
-- Two contents of one name and token, one after the other: of each, all generations have the same number.
ALTER TABLE sluice_files ADD COLUMN content_no INT NOT NULL DEFAULT 0;

-- The path that clean-up is about to give the file, said before it moves it; the path that the file has had since; and when it was
-- moved or, where there is no path, deleted. A version that was moved before this migration has none of them.
ALTER TABLE sluice_files ADD COLUMN moving_to  TEXT;
ALTER TABLE sluice_files ADD COLUMN moved_to   TEXT;
ALTER TABLE sluice_files ADD COLUMN cleaned_at TIMESTAMPTZ;
