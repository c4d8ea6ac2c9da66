-- What an undo would remove and keep, by event type.
SELECT coalesce(noted.kept, 'removed') AS fate, event.event_type AS type, count(*) AS rows,
       min(event.event_timestamp)::text AS first, max(event.event_timestamp)::text AS last
FROM sluice_undoing AS noted JOIN :events AS event USING (event_id, created_at)
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
