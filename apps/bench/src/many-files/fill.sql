-- Fills the ledger as :files loaded files of one record would leave it, all of which have left the folder. 1000 of them share a commit.
CREATE TEMPORARY TABLE old_file AS
SELECT n, gen_random_uuid() AS event_id, md5((n / 1000)::text)::uuid AS batch_id,
       now() - interval '30 days' + n * (interval '29 days' / :files) AS at
FROM generate_series(1, :files) AS n;

INSERT INTO events (event_id, event_type, product_id, user_id, event_timestamp, created_at)
SELECT event_id, 'view', 'product_' || n % 1000, 'user_' || n % 10000, at AT TIME ZONE 'UTC', at AT TIME ZONE 'UTC' FROM old_file;

INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, registered_at, content_hash, total, records, inserted,
                          closed_at, last_line)
SELECT format('old_%s.csv', n), format('160-%s-%s', n, n), 250, 2, at, at, at, md5(n::text), 1, 1, 1, at + interval '1 second', 2
FROM old_file ORDER BY n;

INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at, committed_at)
SELECT file_no, 1, 2, 1, batch_id, at, at, at, at + interval '1 second'
FROM old_file JOIN sluice_files ON name = format('old_%s.csv', n);

INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, duplicates_in_chunk, conflicts, rejects, committed_at, taken_at)
SELECT batch_id, count(*), count(*), count(*), 0, 0, 0, 0, max(at) + interval '1 second', max(at)
FROM old_file GROUP BY batch_id ORDER BY max(at);

INSERT INTO sluice_commit_counts (commit_no, kind, name, count)
SELECT commit_no, 'event_type', 'view', inserted FROM sluice_commits;
