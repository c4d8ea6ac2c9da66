-- The ledger: what was found, what was committed, and when. The truth (I4).

-- One row per file version. The watcher registers it before it enqueues a job for it.
CREATE TABLE sluice_files (
  file_no           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name              TEXT NOT NULL,
  token             TEXT NOT NULL,            -- size-mtime-inode: which content of that name
  generation        INT  NOT NULL DEFAULT 0,  -- a replay of the same content is a new generation
  chunk_rows        INT  NOT NULL,            -- pinned, so that reading again gives the same chunks (I6)
  reader            INT  NOT NULL,
  landed_at         TIMESTAMPTZ NOT NULL,
  stable_at         TIMESTAMPTZ NOT NULL,
  registered_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
  content_hash      TEXT,                     -- SHA-256, once it was read to its end
  total             BIGINT,                   -- records in the file, once its last chunk is committed
  records           BIGINT NOT NULL DEFAULT 0,
  inserted          BIGINT NOT NULL DEFAULT 0,
  duplicates        BIGINT NOT NULL DEFAULT 0,
  conflicts         BIGINT NOT NULL DEFAULT 0, -- duplicates whose content differs from the row that was there
  rejects           BIGINT NOT NULL DEFAULT 0,
  quarantine        TEXT,
  quarantine_detail TEXT,
  gone_at           TIMESTAMPTZ,              -- missing or changed when it was to be read; cleared when seen again
  closed_at         TIMESTAMPTZ,              -- every record of it is in the ledger
  same_as           BIGINT REFERENCES sluice_files, -- same name and content as this closed version: not read again
  UNIQUE (name, token, generation),
  CONSTRAINT conservation CHECK (records = inserted + duplicates + rejects),
  CONSTRAINT within_total CHECK (total IS NULL OR records <= total)
) WITH (fillfactor = 80);

CREATE INDEX sluice_files_open ON sluice_files (file_no) WHERE closed_at IS NULL AND gone_at IS NULL;

-- One row per committed chunk: the claim (I3). Spans of a file tile its lines.
CREATE TABLE sluice_chunks (
  file_no      BIGINT NOT NULL,
  first_line   BIGINT NOT NULL,
  last_line    BIGINT NOT NULL,
  records      INT    NOT NULL,
  batch_id     UUID   NOT NULL,
  queued_at    TIMESTAMPTZ NOT NULL,
  parsed_at    TIMESTAMPTZ NOT NULL,
  staged_at    TIMESTAMPTZ NOT NULL,
  committed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (file_no, first_line)
);

CREATE TABLE sluice_rejects (
  file_no  BIGINT NOT NULL,
  line     BIGINT NOT NULL,
  col      TEXT,
  code     TEXT NOT NULL,
  expected TEXT NOT NULL,
  raw      TEXT NOT NULL,
  PRIMARY KEY (file_no, line)
);

-- The same event_id with other content than the row that was there first.
CREATE TABLE sluice_conflicts (
  file_no  BIGINT NOT NULL,
  line     BIGINT NOT NULL,
  event_id UUID   NOT NULL,
  offered  JSON   NOT NULL,
  PRIMARY KEY (file_no, line)
);

-- One row per commit. Its time is the created_at of the rows that it inserted, which is how a row finds its batch.
CREATE TABLE sluice_commits (
  commit_no    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id     UUID NOT NULL,
  chunks       INT  NOT NULL,
  records      INT  NOT NULL,
  inserted     INT  NOT NULL,
  duplicates   INT  NOT NULL,
  conflicts    INT  NOT NULL,
  rejects      INT  NOT NULL,
  committed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX sluice_commits_committed_at ON sluice_commits (committed_at);

-- What each commit inserted by event type and rejected by code. Append-only: one shared counter row would make the
-- workers wait for each other.
CREATE TABLE sluice_commit_counts (
  commit_no BIGINT NOT NULL,
  kind      TEXT   NOT NULL CHECK (kind IN ('event_type', 'reject')),
  name      TEXT   NOT NULL,
  count     INT    NOT NULL,
  PRIMARY KEY (commit_no, kind, name)
);

-- Raises what the commit statement finds but cannot raise itself. 40001: try again at once, under a newer snapshot.
CREATE FUNCTION sluice_guard(unseen BIGINT, unregistered BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF unregistered > 0 THEN
    RAISE EXCEPTION 'chunks of % files that the ledger does not know', unregistered USING ERRCODE = 'SL001';
  END IF;
  IF unseen > 0 THEN
    RAISE EXCEPTION '% rows met a commit newer than the snapshot', unseen USING ERRCODE = '40001';
  END IF;
  RETURN true;
END $$;
