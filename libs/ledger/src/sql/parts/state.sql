CASE WHEN undone_at IS NOT NULL THEN 'undone'
     WHEN quarantine IS NOT NULL THEN 'quarantined'
     WHEN same_as IS NOT NULL THEN 'same'
     WHEN closed_at IS NOT NULL THEN 'closed'
     WHEN gone_at IS NOT NULL THEN 'gone'
     WHEN held IS NOT NULL THEN 'held'
     ELSE 'open' END AS state
