-- What was acknowledged lately and is not about a version of a file, nor a process, whose row says so itself.
-- $1: limit
SELECT code, subject, version FROM sluice_acks
WHERE code NOT IN ('file_quarantined', 'file_rejected', 'lines_swallowed', 'process_missed')
ORDER BY acked_at DESC
LIMIT $1::int
