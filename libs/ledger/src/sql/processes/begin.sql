-- A process begins. If one of its host and role is silent without having ended, this one stands for it.
-- $1: id   $2: role   $3: host   $4: ms after which a process counts as silent
WITH missed AS (
  SELECT process_no FROM sluice_processes
  WHERE role = $2::text AND host = $3::text AND ended_at IS NULL AND seen_at < now() - $4::double precision * interval '1 ms'
  ORDER BY process_no
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
ended AS (
  UPDATE sluice_processes AS process SET ended_at = now() FROM missed WHERE process.process_no = missed.process_no
)
INSERT INTO sluice_processes (id, role, host, stands_for)
VALUES ($1::text, $2::text, $3::text, (SELECT process_no FROM missed))
RETURNING process_no AS "processNo"
