-- Processes that change one feed do so one after the other, also while it is new.
-- $1: feed
SELECT pg_advisory_xact_lock(hashtext('sluice feed ' || $1::text))
