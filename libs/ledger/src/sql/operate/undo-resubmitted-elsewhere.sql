-- Leaves out the rows that a corrected reject of another loaded file holds too. Returns the names of those files.
-- $1: file numbers of the versions to undo
WITH holder AS MATERIALIZED (
  SELECT noted.event_id, min(file.name) AS name
  FROM sluice_undoing AS noted
  JOIN sluice_rejects AS reject ON reject.resubmitted_as = noted.event_id
  JOIN sluice_files AS file ON file.file_no = reject.file_no
  WHERE noted.kept IS NULL AND file.file_no <> ALL ($1::bigint[]) AND file.undone_at IS NULL
  GROUP BY noted.event_id
),
marked AS (
  UPDATE sluice_undoing AS noted SET kept = 'shared' FROM holder WHERE holder.event_id = noted.event_id
  RETURNING holder.name
)
SELECT DISTINCT name FROM marked ORDER BY name
