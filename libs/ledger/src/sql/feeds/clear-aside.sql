-- Lets a feed go on that was set aside. $1: feed
UPDATE sluice_feeds SET aside_at = NULL, aside_why = NULL WHERE feed = $1::text AND aside_at IS NOT NULL
