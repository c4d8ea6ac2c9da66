-- A row is noted once.
ALTER TABLE sluice_undoing ADD PRIMARY KEY (:key)
