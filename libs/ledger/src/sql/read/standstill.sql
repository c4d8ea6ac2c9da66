-- Since when nothing has been committed although a file is waiting: since the last commit, or since the oldest waiting file was
-- found.
SELECT greatest((SELECT max(committed_at) FROM sluice_commits), waiting.registered_at) AS since
FROM (SELECT registered_at FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL ORDER BY file_no LIMIT 1) AS waiting
