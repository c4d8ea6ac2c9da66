-- One page of the audit, newest first.
-- $1: audit_no of the last entry of the previous page   $2: limit   $3: only of this feed; entries from before feeds are of events
SELECT audit_no AS "auditNo", action, subject, detail, done_by AS "doneBy", done_at AS "doneAt"
FROM sluice_audit
WHERE audit_no < coalesce($1::bigint, 9223372036854775807)
  AND ($3::text IS NULL
       OR coalesce(detail ->> 'feed', CASE WHEN action IN ('undo', 'replay', 'resubmit') THEN 'events' END) = $3::text)
ORDER BY audit_no DESC
LIMIT $2::int
