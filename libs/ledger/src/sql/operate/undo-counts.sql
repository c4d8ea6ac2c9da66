-- The number of rows noted so far, and how many of them may be removed.
SELECT count(*) AS noted, count(*) FILTER (WHERE sluice_kept IS NULL) AS removable FROM sluice_undoing
