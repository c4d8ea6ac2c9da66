-- Deletes audit entries past their retention through a function, because the working role may not delete there itself.
-- $1: retention in ms   $2: limit
SELECT sluice_drop_audit($1::double precision * interval '1 ms', $2::int) AS dropped
