CASE WHEN undone_at IS NOT NULL THEN 'undone'
     WHEN EXISTS (SELECT FROM sluice_files AS later
                  WHERE later.name = file.name AND later.file_no > file.file_no
                    AND (later.same_as IS NULL OR later.content_hash IS DISTINCT FROM file.content_hash)) THEN 'newer'
     WHEN EXISTS (SELECT FROM sluice_acks
                  WHERE version = file.file_no::text AND code IN ('file_quarantined', 'file_rejected', 'lines_swallowed', 'file_unreadable')
                     OR version = file.token AND subject = file.name AND code = 'file_unreadable')
       THEN 'acknowledged' END
