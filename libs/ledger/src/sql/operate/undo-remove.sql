-- Removes the noted rows, corrects the ledger and writes the audit, all or nothing because it is one statement.
-- $1: file numbers of the versions to undo   $2: name   $3: who   $4: the feed
WITH removed AS (
  DELETE FROM :events AS stored USING sluice_undoing AS noted
  WHERE noted.sluice_kept IS NULL AND (:key(stored)) = (:key(noted)) AND :origin(stored) = noted.sluice_origin
  RETURNING noted.sluice_of AS file_no, :count_by(stored)::text AS name
),
-- The rows by the value that their feed counts by are those of the table.
uncounted AS (
  INSERT INTO sluice_commit_counts (commit_no, feed, kind, name, count)
  SELECT 0, $4::text, 'event_type', name, -count(*) FROM removed WHERE name IS NOT NULL GROUP BY name ORDER BY name
  ON CONFLICT (commit_no, feed, kind, name) DO UPDATE SET count = sluice_commit_counts.count + excluded.count
),
counted AS (
  UPDATE sluice_files AS file SET undone = file.undone + version.rows, undone_at = now()
  FROM (SELECT given.file_no, count(removed.file_no) AS rows
        FROM unnest($1::bigint[]) AS given (file_no) LEFT JOIN removed USING (file_no)
        GROUP BY given.file_no) AS version
  WHERE file.file_no = version.file_no
  RETURNING version.rows
),
audited AS (
  INSERT INTO sluice_audit (action, subject, detail, done_by)
  SELECT 'undo', $2::text,
         json_build_object('feed', $4::text, 'files', to_json($1::bigint[]), 'rows', (SELECT sum(rows) FROM counted)), $3::text
)
SELECT coalesce(sum(rows), 0)::bigint AS rows FROM counted
