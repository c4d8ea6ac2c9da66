-- $1: from   $2: to
UPDATE sluice_commit_counts SET feed = $2::text WHERE feed = $1::text
