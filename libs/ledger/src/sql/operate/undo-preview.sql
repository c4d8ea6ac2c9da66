-- What an undo would remove and keep, by the value that rows are counted by.
SELECT coalesce(noted.kept, 'removed') AS fate, event.:count_by AS type, count(*) AS rows,
       min(event.:time)::text AS first, max(event.:time)::text AS last
FROM sluice_undoing AS noted JOIN :events AS event
  ON event.:key = noted.event_id AND event.created_at = noted.created_at
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
