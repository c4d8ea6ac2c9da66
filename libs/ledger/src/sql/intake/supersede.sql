-- Closes gone versions and removes their rows, because a new version brings the same records again. No chunk of them can be claimed
-- afterwards.
-- $1: file numbers   $2: the name of the new version
WITH removed AS (
  DELETE FROM :events WHERE sluice_file = ANY ($1::bigint[]) RETURNING sluice_file
),
closed AS (
  UPDATE sluice_files AS file SET
    closed_at = now(), quarantine = 'superseded', quarantine_detail = $2::text, total = records,
    undone = (SELECT count(*) FROM removed WHERE sluice_file = file.file_no), undone_at = now()
  WHERE file_no = ANY ($1::bigint[]) AND closed_at IS NULL
  RETURNING name, undone
)
INSERT INTO sluice_audit (action, subject, detail, done_by)
SELECT 'supersede', name, json_build_object('by', $2::text, 'rows', undone), 'watcher' FROM closed
