-- Where else the ledger mentions an event: records that were rejected, or offered other content for its id.
-- $1: event_id   $2: a part of it without letters, which rules out most rejects at a fraction of the cost
SELECT 'conflict' AS kind, file_no AS "fileNo", file.name, conflict.line, NULL AS code, NULL AS expected,
       NULL::timestamptz AS "resubmittedAt", NULL AS "resubmittedAs"
FROM sluice_conflicts AS conflict JOIN sluice_files AS file USING (file_no)
WHERE event_id = $1::uuid
UNION ALL
SELECT 'reject', file_no, file.name, reject.line, code, expected, reject.resubmitted_at,
       reject.resubmitted_as::text
FROM sluice_rejects AS reject JOIN sluice_files AS file USING (file_no)
WHERE position($2::text IN raw) > 0 AND position($1::uuid::text IN lower(raw)) > 0
ORDER BY 2, 4
LIMIT 100
