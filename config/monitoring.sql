-- Queries that monitor the pipeline: psql "$DATABASE_URL" -f config/monitoring.sql
-- A member of sluice_viewer (config/postgres_setup.sql) may run all of them: they read counts of rejects, but no reject.
-- The queries about rows read the table of the feed "events": if EVENTS_TABLE names another one, replace "events" with its name.

\echo Feeds: when their contract became active, since when they are retired or set aside, and why
SELECT feed, contract_no, load #>> '{contract,table}' AS table, active_at, retired_at, aside_at, aside_why
FROM sluice_feeds JOIN sluice_contracts USING (feed, contract_no) ORDER BY feed;

\echo Rows in all, and the latest event
SELECT count(*) AS rows, max(event_timestamp) AS latest_event, max(created_at) AS latest_commit FROM events;

\echo Rows by event type
SELECT event_type, count(*) AS rows, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM events GROUP BY event_type ORDER BY rows DESC;

\echo Rows a minute of each feed, in the last hour
SELECT date_trunc('minute', committed_at) AS minute, feed, sum(inserted) AS rows, count(*) AS batches
FROM sluice_commits WHERE committed_at > now() - interval '1 hour' GROUP BY minute, feed ORDER BY minute, feed;

\echo Purchases by product: the ten with the most revenue
SELECT product_id, sum(quantity) AS pieces, sum(quantity * price) AS revenue
FROM events WHERE event_type = 'purchase' GROUP BY product_id ORDER BY revenue DESC NULLS LAST LIMIT 10;

\echo Seconds from landed to committed, of the files completed in the last hour
SELECT round(percentile_cont(0.50) WITHIN GROUP (ORDER BY seconds)::numeric, 1) AS p50,
       round(percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds)::numeric, 1) AS p95,
       round(percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds)::numeric, 1) AS p99
FROM (SELECT extract(epoch FROM closed_at - landed_at) AS seconds
      FROM sluice_files WHERE closed_at > now() - interval '1 hour' AND same_as IS NULL) AS file;

\echo Where the time goes: seconds of each stage, of the chunks committed in the last hour
SELECT round(avg(extract(epoch FROM stable_at - landed_at)), 2)          AS until_stable,
       round(avg(extract(epoch FROM queued_at - stable_at)), 2)          AS until_queued,
       round(avg(extract(epoch FROM parsed_at - queued_at)), 2)          AS until_parsed,
       round(avg(extract(epoch FROM staged_at - parsed_at)), 2)          AS until_staged,
       round(avg(extract(epoch FROM chunk.committed_at - staged_at)), 2) AS until_committed
FROM sluice_chunks AS chunk JOIN sluice_files USING (file_no)
WHERE chunk.committed_at > now() - interval '1 hour';

\echo Files that are not complete, oldest first
SELECT file_no, name, landed_at, records, total FROM sluice_files
WHERE closed_at IS NULL AND gone_at IS NULL ORDER BY file_no LIMIT 20;

\echo Rejects that nobody has corrected yet: by reason, and the files with the most
SELECT feed, name AS reason, sum(count) AS records FROM sluice_commit_counts
WHERE kind = 'reject' GROUP BY feed, name HAVING sum(count) <> 0 ORDER BY records DESC;
SELECT name, rejects, records, round(100.0 * rejects / records, 1) AS percent FROM sluice_files
WHERE rejects > 0 AND undone_at IS NULL ORDER BY rejects DESC LIMIT 20;

\echo What operators have corrected, undone or replayed lately
SELECT done_at, action, subject, detail, done_by FROM sluice_audit ORDER BY audit_no DESC LIMIT 20;

\echo Quarantined files
SELECT name, quarantine, quarantine_detail, last_line, closed_at FROM sluice_files WHERE quarantine IS NOT NULL ORDER BY file_no DESC LIMIT 20;

\echo Size on disk
SELECT relname AS table, pg_size_pretty(pg_total_relation_size(oid)) AS size, reltuples::bigint AS rows
FROM pg_class
WHERE relkind = 'r' AND (relname LIKE 'sluice%' OR relname IN (SELECT split_part(load #>> '{contract,table}', '.', -1) FROM sluice_contracts))
ORDER BY pg_total_relation_size(oid) DESC;
