-- The highest number that a version has.
SELECT coalesce(max(file_no), 0) AS highest FROM sluice_files
