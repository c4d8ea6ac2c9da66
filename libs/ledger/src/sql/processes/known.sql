-- The processes that have not ended, and those that may stand for a silent one of them because they began after it was last seen.
-- $1: limit
WITH there AS (
  SELECT * FROM sluice_processes WHERE ended_at IS NULL ORDER BY process_no DESC LIMIT $1::int
),
since AS (
  SELECT role, host, min(seen_at) AS seen_at FROM there WHERE seen_at < now() - interval '10 seconds' GROUP BY role, host
),
after AS (
  SELECT began.* FROM since, LATERAL (
    SELECT * FROM sluice_processes AS process
    WHERE process.role = since.role AND process.host = since.host AND process.started_at > since.seen_at
      AND process.stands_for IS NULL AND process.ended_at IS NOT NULL
    ORDER BY process.started_at
    LIMIT $1::int) AS began
)
SELECT process_no AS "processNo", id, role, host, started_at AS "startedAt", seen_at AS "seenAt", ended_at IS NOT NULL AS ended,
       stands_for IS NOT NULL AS "standsFor", (extract(epoch FROM now() - seen_at) * 1000)::float8 AS "silentMs"
FROM (SELECT * FROM there UNION ALL SELECT * FROM after) AS process
ORDER BY process_no
