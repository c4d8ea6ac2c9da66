-- Compares a table that others may fill too with the ledger: the rows that name their file. It returns one row if they differ, with
-- the first file of which they do.
-- $1: the name of the table
WITH ledger AS (
  SELECT file_no, name, inserted - undone AS rows FROM (:part(filling) AND loaded.load::jsonb #> '{contract,filled}' @> '["sluice_file"]') AS file
),
stored AS (
  SELECT sluice_file AS file_no, count(*) AS rows FROM :events WHERE sluice_file IS NOT NULL GROUP BY sluice_file
),
differing AS (
  SELECT file_no, name, coalesce(ledger.rows, 0) AS inserted, coalesce(stored.rows, 0) AS there
  FROM ledger FULL JOIN stored USING (file_no)
  WHERE coalesce(ledger.rows, 0) <> coalesce(stored.rows, 0)
)
SELECT file_no AS "fileNo", name,
       format('of this file the ledger inserted %s rows, the table holds %s', inserted, there)
         || CASE WHEN count(*) OVER () > 1 THEN format('; %s other files differ too', count(*) OVER () - 1) ELSE '' END AS detail
FROM differing
ORDER BY file_no
LIMIT 1
