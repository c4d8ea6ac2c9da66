-- The other programs that have sessions on this server, by the name that each gives itself.
SELECT coalesce(nullif(application_name, ''), 'a program without a name') AS name, count(*)::int AS sessions
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name IS DISTINCT FROM current_setting('application_name')
GROUP BY 1
ORDER BY 1
