-- The one insert: of "candidate", the first row of each key, unless the table has one of it. Sorted, so that two workers cannot deadlock.
INSERT INTO :events (:columns)
SELECT :columns
FROM candidate
WHERE nth = 1
ORDER BY :key
ON CONFLICT (:key) DO NOTHING
