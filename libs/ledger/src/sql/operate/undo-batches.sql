-- The commits with chunks of the given versions. "unknown": how many chunks in them have no detail in the ledger any more.
-- $1: file numbers
WITH times AS MATERIALIZED (
  SELECT DISTINCT committed_at FROM sluice_chunks WHERE file_no = ANY ($1::bigint[])
),
bounds AS MATERIALIZED (
  SELECT min(committed_at) AS first, max(committed_at) AS last FROM times
)
SELECT count(*) AS batches, min(committed_at) AS first, max(committed_at) AS last,
       coalesce(sum(chunks), 0)::bigint -
         (SELECT count(*) FROM sluice_chunks, bounds
          WHERE committed_at BETWEEN bounds.first AND bounds.last
            AND committed_at IN (SELECT committed_at FROM times)) AS unknown
FROM sluice_commits
WHERE committed_at IN (SELECT committed_at FROM times)
