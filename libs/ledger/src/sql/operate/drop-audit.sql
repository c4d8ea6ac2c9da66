-- What operators did longer ago than the audit is kept. The role that works may not delete there by itself.
-- $1: retention in ms   $2: at most so many rows
SELECT sluice_drop_audit($1::double precision * interval '1 ms', $2::int) AS dropped
