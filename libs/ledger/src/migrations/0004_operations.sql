-- What operators do to the ledger: rows of a file can be taken out again, and each such action is written down.

ALTER TABLE sluice_files ADD COLUMN undone BIGINT NOT NULL DEFAULT 0; -- of "inserted": rows that an undo has removed
ALTER TABLE sluice_files ADD COLUMN undone_at TIMESTAMPTZ;            -- from then on its records hold no row in the table
ALTER TABLE sluice_files ADD CONSTRAINT undone_was_inserted CHECK (undone BETWEEN 0 AND inserted);

CREATE TABLE sluice_audit (
  audit_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  action   TEXT NOT NULL,
  subject  TEXT NOT NULL,
  detail   JSON NOT NULL,
  done_by  TEXT NOT NULL, -- user@host of the operator, as the operating system knows them
  done_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);
