-- Deletes rejects of files whose detail is being dropped, some at a time. Those of a version that was read again count with the later
-- version, so commit 0 keeps how many fewer there are.
-- $1: limit
WITH replaced AS MATERIALIZED (
  :part(replaced)
),
gone AS (
  DELETE FROM sluice_rejects
  WHERE (file_no, line) IN (
    SELECT detail.file_no, detail.line
    FROM sluice_files AS file JOIN sluice_rejects AS detail USING (file_no)
    WHERE file.detail_state = 'dropping'
    ORDER BY detail.file_no, detail.line
    LIMIT $1::int
    FOR UPDATE OF detail SKIP LOCKED)
  RETURNING file_no, code, resubmitted_at
),
kept AS (
  INSERT INTO sluice_commit_counts (commit_no, feed, kind, name, count)
  SELECT 0, feed, 'corrected', code, -count(*)
  FROM gone JOIN replaced USING (file_no)
  WHERE resubmitted_at IS NULL
  GROUP BY feed, code
  ORDER BY feed, code -- so that two processes cannot deadlock
  ON CONFLICT (commit_no, feed, kind, name) DO UPDATE SET count = sluice_commit_counts.count + excluded.count
)
SELECT FROM gone
