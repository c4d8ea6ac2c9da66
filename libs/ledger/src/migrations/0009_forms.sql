-- 0007 was changed after some databases had run it. Those get here what its later form has; on the others nothing changes.

DO $$ BEGIN
  -- Three columns: closed_at, landed_at and file_no. The earlier form lacks the last.
  IF (SELECT indnatts FROM pg_index WHERE indexrelid = to_regclass('sluice_files_closed')) IS DISTINCT FROM 3 THEN
    DROP INDEX IF EXISTS sluice_files_closed;
    CREATE INDEX sluice_files_closed ON sluice_files (closed_at) INCLUDE (landed_at, file_no)
      WHERE closed_at IS NOT NULL AND same_as IS NULL;
  END IF;
END $$;

CREATE INDEX IF NOT EXISTS sluice_chunks_parsed ON sluice_chunks (parsed_at) INCLUDE (records);
