-- Where else the ledger mentions a row of the table: records that were rejected, or offered other content for its key.
-- $1: the name of the table   $2: JSON object of the values of its key   $3: the longest part of it without letters, which rules out
-- most rejects at a fraction of the cost   $4: for each value of the key, a regular expression that finds it in a record
WITH asked AS MATERIALIZED (
  SELECT :key_uuid(given) AS uuid, :key_json(given) AS json FROM json_to_record($2::text::json) AS given (:keyset)
),
-- The few rejects that mention it are found first. A join with the files before that would cost ten times as much.
found AS MATERIALIZED (
  SELECT file_no, line, code, expected, resubmitted_at, resubmitted_as, resubmitted_key
  FROM sluice_rejects
  WHERE position($3::text IN raw) > 0
    AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS part (pattern) WHERE raw !~* part.pattern)
),
file AS NOT MATERIALIZED (
  :part(filling)
)
SELECT 'conflict' AS kind, file_no AS "fileNo", file.name, conflict.line, NULL AS code, NULL AS expected,
       NULL::timestamptz AS "resubmittedAt", NULL AS "resubmittedAs"
FROM sluice_conflicts AS conflict JOIN file USING (file_no)
WHERE conflict.event_id = (SELECT uuid FROM asked) OR conflict.key = (SELECT json FROM asked)
UNION ALL
SELECT 'reject', file_no, file.name, reject.line, code, expected, reject.resubmitted_at,
       coalesce(reject.resubmitted_as::text, reject.resubmitted_key::text)
FROM found AS reject JOIN file USING (file_no)
ORDER BY 2, 4
LIMIT 100
