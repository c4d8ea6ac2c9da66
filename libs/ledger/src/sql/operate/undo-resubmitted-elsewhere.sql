-- Leaves out the rows that a corrected reject of another loaded file holds too. Returns the names of those files.
-- $1: the name of the table   $2: file numbers of the versions to undo
WITH holder AS MATERIALIZED (
  SELECT :key(noted), min(file.name) AS name
  FROM sluice_undoing AS noted
  JOIN sluice_rejects AS reject ON reject.resubmitted_as = :key_uuid(noted) OR reject.resubmitted_key = :key_json(noted)
  JOIN (:part(filling)) AS file ON file.file_no = reject.file_no
  WHERE noted.sluice_kept IS NULL AND file.file_no <> ALL ($2::bigint[]) AND file.undone_at IS NULL
  GROUP BY :key(noted)
),
marked AS (
  UPDATE sluice_undoing AS noted SET sluice_kept = 'shared' FROM holder WHERE (:key(holder)) = (:key(noted))
  RETURNING holder.name
)
SELECT DISTINCT name FROM marked ORDER BY name
