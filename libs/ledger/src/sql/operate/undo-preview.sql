-- What an undo would remove and keep, by the value that rows are counted by.
SELECT coalesce(noted.sluice_kept, 'removed') AS fate, :count_by(stored)::text AS type, count(*) AS rows,
       min(:time(stored))::text AS first, max(:time(stored))::text AS last
FROM sluice_undoing AS noted JOIN :events AS stored
  ON (:key(stored)) = (:key(noted)) AND :origin(stored) = noted.sluice_origin
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
