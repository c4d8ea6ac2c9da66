-- What decides whether a feed can be renamed.
-- $1: from   $2: to
SELECT EXISTS (SELECT FROM sluice_feeds WHERE feed = $1::text) AS known,
       EXISTS (SELECT FROM sluice_feeds WHERE feed = $2::text) OR EXISTS (SELECT FROM sluice_contracts WHERE feed = $2::text)
         OR EXISTS (SELECT FROM sluice_commits WHERE feed = $2::text) OR EXISTS (SELECT FROM sluice_files WHERE feed = $2::text) AS taken,
       count(*) AS open, min(name) AS first
FROM sluice_files
WHERE feed = $1::text AND closed_at IS NULL AND gone_at IS NULL
