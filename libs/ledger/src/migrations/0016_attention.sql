-- What needs attention: files that were not loaded as somebody wanted, and processes that went silent.

-- Every record of it was rejected. Generated, so that no commit has to keep it up to date, and commits of an open file stay cheap.
ALTER TABLE sluice_files ADD COLUMN all_rejected BOOLEAN NOT NULL
  GENERATED ALWAYS AS (closed_at IS NOT NULL AND records > 0 AND rejects = records) STORED;
-- The files that may need attention are found without a look at the others.
CREATE INDEX sluice_files_attention ON sluice_files (file_no)
  WHERE quarantine IS NOT NULL OR all_rejected OR stray_quotes > 0 OR gone_why = 'unreadable';

-- What an operator has acknowledged: it is told no more. "version" says which occasion it was: the file_no of a version, for example.
CREATE TABLE sluice_acks (
  code     TEXT NOT NULL,
  subject  TEXT NOT NULL,
  version  TEXT NOT NULL,
  acked_by TEXT NOT NULL,
  acked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (code, version, subject)
);

-- One row per watcher and worker that ran. One that has not ended and is silent is missed, until another one stands for it.
CREATE TABLE sluice_processes (
  process_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         TEXT NOT NULL,                      -- that of its heartbeats
  role       TEXT NOT NULL,
  host       TEXT NOT NULL,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  seen_at    TIMESTAMPTZ NOT NULL DEFAULT now(), -- its last heartbeat that came here
  ended_at   TIMESTAMPTZ,                        -- in order, or because somebody acknowledged it, or because another one stands for it
  stands_for BIGINT                              -- the silent process of its host and role in whose place it started
) WITH (fillfactor = 80);
CREATE INDEX sluice_processes_there ON sluice_processes (process_no) WHERE ended_at IS NULL;
CREATE INDEX sluice_processes_began ON sluice_processes (role, host, started_at);

DO $$
DECLARE
  given RECORD;
BEGIN
  -- Installations go on as they are: whoever has a right on the files of the ledger has it on these tables.
  FOR given IN
    SELECT DISTINCT coalesce(quote_ident(rolname), 'PUBLIC') AS grantee, privilege_type AS privilege
    FROM pg_class, aclexplode(relacl) AS granted LEFT JOIN pg_roles ON pg_roles.oid = granted.grantee
    WHERE pg_class.oid = 'sluice_files'::regclass AND granted.grantee <> relowner
      AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
  LOOP
    EXECUTE format('GRANT %s ON sluice_acks, sluice_processes TO %s', given.privilege, given.grantee);
  END LOOP;
END $$;
