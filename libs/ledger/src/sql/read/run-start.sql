-- Where the ledger stands, so that a run can tell later which files were its own.
SELECT coalesce(max(file_no), 0) AS highest, now() AS at FROM sluice_files
