-- One page of what operators did, newest first.
-- $1: audit_no of the last one of the page before   $2: at most so many
SELECT audit_no, action, subject, detail, done_by, done_at
FROM sluice_audit
WHERE audit_no < coalesce($1::bigint, 9223372036854775807)
ORDER BY audit_no DESC
LIMIT $2::int
