-- A process is there. One that was taken for silent, because it did not reach PostgreSQL, is there again.
-- $1: process_no
UPDATE sluice_processes SET seen_at = now(), ended_at = NULL WHERE process_no = $1::bigint
