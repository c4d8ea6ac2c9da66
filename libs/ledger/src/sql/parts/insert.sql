-- The only insert. It takes the first row of each key in "candidate", unless the table has the key. Sorted as every
-- commit is, so that two workers cannot deadlock.
INSERT INTO :events (:columns)
SELECT :columns
FROM candidate
WHERE sluice_nth = 1
ORDER BY sluice_order, :key
ON CONFLICT (:key) DO NOTHING
