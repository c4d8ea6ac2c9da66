-- A process ends in order.
-- $1: process_no
UPDATE sluice_processes SET seen_at = now(), ended_at = now() WHERE process_no = $1::bigint
