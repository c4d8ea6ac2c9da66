-- Compares a table that Sluice alone fills with the ledger. It returns one row if they differ.
-- $1: the name of the table
SELECT format('the ledger inserted %s rows, the table holds %s', ledger, rows) AS detail
FROM (SELECT (SELECT coalesce(sum(inserted - undone), 0) FROM (:part(filling)) AS file) AS ledger,
             (SELECT count(*) FROM :events) AS rows) AS sums
WHERE ledger <> rows
