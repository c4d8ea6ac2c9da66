-- Since when the feed that has waited longest has had no commit although a file of it is waiting: since its last commit, or since
-- its oldest waiting file was found. A feed that is set aside says so elsewhere.
SELECT min(greatest((SELECT max(committed_at) FROM sluice_commits AS commit WHERE commit.feed = waiting.feed),
                    waiting.registered_at)) AS since
FROM (SELECT DISTINCT ON (feed) feed, registered_at FROM sluice_files
      WHERE closed_at IS NULL AND gone_at IS NULL AND held IS NULL
      ORDER BY feed, file_no) AS waiting
WHERE NOT EXISTS (SELECT FROM sluice_feeds AS aside WHERE aside.feed = waiting.feed AND aside.aside_at IS NOT NULL)
