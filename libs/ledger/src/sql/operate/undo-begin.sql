-- The rows that an undo may remove. "kept" says why a row stays: another file brought it ("theirs") or holds it too ("shared").
CREATE TEMP TABLE IF NOT EXISTS sluice_undoing (
  event_id UUID PRIMARY KEY, created_at TIMESTAMP NOT NULL, file_no BIGINT NOT NULL, kept TEXT)
