-- Fills a table and a ledger as a week of work would leave them: files of $file_rows rows, in chunks of 250 and micro-batches of
-- at most 1000. One record in 100 is a reject, one in 50 a duplicate, one in 5000 a conflict.

-- Drop the indexes first, because filling a table without them takes a fraction of the time.
CREATE TEMP TABLE own_index AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index WHERE indrelid = 'events'::regclass AND NOT indisprimary;
DO $$ DECLARE own TEXT; BEGIN FOR own IN SELECT name FROM own_index LOOP EXECUTE 'DROP INDEX ' || own; END LOOP; END $$;
ALTER TABLE events DROP CONSTRAINT events_pkey;

INSERT INTO events ($columns, created_at)
SELECT $values, at
FROM (SELECT n, (now() - interval '7 days')::timestamp(0) + n * (interval '7 days' / $rows) AS at FROM generate_series(1, $rows) AS n) AS row;

ALTER TABLE events ADD PRIMARY KEY (event_id);
DO $$ DECLARE own TEXT; BEGIN FOR own IN SELECT definition FROM own_index LOOP EXECUTE own; END LOOP; END $$;

INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, registered_at, content_hash, total, records, inserted,
                          duplicates, conflicts, rejects, closed_at, last_line)
SELECT format('events_%s.csv', n), format('%s-%s-%s', $file_rows * 95, n, n), 250, 2, at - interval '20 seconds', at - interval '19 seconds',
       at - interval '18 seconds', md5(n::text), records, records, $file_rows, duplicates, conflicts, rejects,
       at + (n % 30) * interval '1 second', 1 + records
FROM (SELECT n, now() - interval '7 days' + n * (interval '7 days' / ($rows / $file_rows)) AS at,
             $file_rows / 50 AS duplicates, (n % 5 = 0)::int AS conflicts, ceil($file_rows / 100.0)::int AS rejects,
             $file_rows + $file_rows / 50 + ceil($file_rows / 100.0)::int AS records
      FROM generate_series(1, $rows / $file_rows) AS n) AS file;

INSERT INTO sluice_rejects (file_no, line, col, code, expected, raw)
SELECT file_no, 2 + line * 50, 'event_id',
       (ARRAY['null_event_id', 'invalid_uuid', 'field_count', 'invalid_decimal', 'missing_value'])[1 + (file_no + line) % 5],
       'something else', repeat('x', 90)
FROM sluice_files, generate_series(1, rejects) AS line;

INSERT INTO sluice_conflicts (file_no, line, event_id, offered, kept)
SELECT file_no, 3, gen_random_uuid(), '["view","p","u","2026-01-01T00:00:00",1,1.00]', '["view","p","u","2026-01-01T00:00:00",1,2.00]'
FROM sluice_files WHERE conflicts > 0;

-- Small files share a micro-batch, large ones have several.
CREATE TEMP TABLE batch AS
SELECT file_no, 1 + 250 * (part - 1) AS first_line, least(250, records - 250 * (part - 1)) AS records, closed_at AS at,
       CASE WHEN $file_rows >= 1000 THEN file_no * 100000 + (part - 1) / 4 ELSE file_no / greatest(1, 1000 / $file_rows) END AS batch
FROM sluice_files, generate_series(1, ceil(records / 250.0)::int) AS part;

INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at, committed_at)
SELECT file_no, first_line, first_line + 249, records, md5(batch::text)::uuid, at - interval '17 seconds', at - interval '16 seconds',
       at - interval '16 seconds', at
FROM batch ORDER BY at;

INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, duplicates_in_chunk, conflicts, rejects, committed_at, taken_at)
SELECT md5(batch::text)::uuid, count(*), sum(records), sum(records) * 97 / 100, sum(records) / 50, 0, 0, sum(records) / 100,
       max(at), max(at) - interval '1 second'
FROM batch GROUP BY batch ORDER BY max(at);

INSERT INTO sluice_commit_counts (commit_no, kind, name, count)
SELECT commit_no, 'event_type', name, inserted / 6
FROM sluice_commits, unnest(ARRAY['view', 'click', 'add_to_cart', 'remove_from_cart', 'wishlist', 'purchase']) AS name
UNION ALL
SELECT commit_no, 'reject', name, rejects / 5
FROM sluice_commits, unnest(ARRAY['null_event_id', 'invalid_uuid', 'field_count', 'invalid_decimal', 'missing_value']) AS name;

-- Make the last files incomplete, and some others quarantined or gone.
UPDATE sluice_files SET closed_at = NULL, total = NULL WHERE file_no > (SELECT max(file_no) FROM sluice_files) - 20;
UPDATE sluice_files SET quarantine = 'encoding' WHERE file_no % 5000 = 17;

-- A third of the work is of a second feed.
INSERT INTO sluice_contracts (feed, load) SELECT 'orders', load FROM sluice_contracts WHERE contract_no = 1;
INSERT INTO sluice_feeds (feed, contract_no) SELECT feed, contract_no FROM sluice_contracts WHERE feed = 'orders';
UPDATE sluice_files SET feed = 'orders' WHERE file_no % 3 = 0;
UPDATE sluice_commits SET feed = 'orders' WHERE commit_no % 3 = 0;
UPDATE sluice_commit_counts SET feed = 'orders' WHERE commit_no % 3 = 0;
