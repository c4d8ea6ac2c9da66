-- What operators did longer ago than the audit is kept.
-- $1: retention in ms   $2: at most so many rows
DELETE FROM sluice_audit
WHERE audit_no IN (
  SELECT audit_no FROM sluice_audit
  WHERE done_at < now() - $1::double precision * interval '1 ms'
  ORDER BY audit_no LIMIT $2::int)
RETURNING audit_no
