-- Sets a feed aside, because its table does not fit. Changes no row when the same reason is known already.
-- $1: feed   $2: why
UPDATE sluice_feeds SET aside_at = coalesce(aside_at, now()), aside_why = $2::text
WHERE feed = $1::text AND aside_why IS DISTINCT FROM $2::text
