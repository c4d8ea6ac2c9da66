-- Notes the rows that name one of these versions as their file.
-- $1: file numbers
INSERT INTO sluice_undoing (:key, sluice_origin, sluice_of)
SELECT :key(stored), :origin(stored), stored.sluice_file
FROM :events AS stored
WHERE stored.sluice_file = ANY ($1::bigint[])
