-- A name in the ledger begins with the feed and a slash.
-- $1: from   $2: to
UPDATE sluice_files SET feed = $2::text, name = $2::text || substr(name, length($1::text) + 1)
WHERE feed = $1::text
