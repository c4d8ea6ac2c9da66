-- Rows noted so far.
SELECT count(*) AS noted, count(*) FILTER (WHERE kept IS NULL) AS removable FROM sluice_undoing
