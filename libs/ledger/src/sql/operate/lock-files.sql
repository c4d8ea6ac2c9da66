-- Waits for those that register or commit files, and keeps them out until the end of the transaction.
LOCK TABLE sluice_files IN SHARE ROW EXCLUSIVE MODE
