-- The feeds that have versions to load. "aside": nothing of the feed is loaded now, because it does not fit its table.
SELECT feed, aside_at IS NOT NULL AS aside
FROM sluice_feeds AS feed
WHERE EXISTS (SELECT FROM sluice_files AS file
              WHERE file.feed = feed.feed AND closed_at IS NULL AND gone_at IS NULL)
ORDER BY feed
