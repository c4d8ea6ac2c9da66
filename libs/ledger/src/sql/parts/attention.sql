CASE WHEN quarantine IS NOT NULL THEN 'file_quarantined'
     WHEN gone_why = 'unreadable' THEN 'file_unreadable'
     WHEN stray_quotes > 0 THEN 'lines_swallowed'
     ELSE 'file_rejected' END
