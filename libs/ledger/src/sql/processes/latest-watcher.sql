-- The latest watcher, which tells one absence of all watchers from another.
SELECT max(process_no) AS "processNo" FROM sluice_processes WHERE role = 'watcher'
