-- $1: from   $2: to
UPDATE sluice_commits SET feed = $2::text WHERE feed = $1::text
