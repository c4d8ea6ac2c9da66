-- The role that works (sluice in config/postgres_setup.sql) adds to the audit and reads it. What is old goes by this function
-- alone, which runs as the owner. Names in its body are bound here, so no search path can change what it means.

-- Who may delete from the audit anyway is bounded by his own setting; anybody else cannot take away the last 30 days of it.
CREATE FUNCTION sluice_drop_audit(older_than INTERVAL, at_most INT) RETURNS BIGINT
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM sluice_audit
    WHERE audit_no IN (
      SELECT audit_no FROM sluice_audit
      WHERE done_at < now() - CASE WHEN has_table_privilege(session_user, 'sluice_audit'::regclass, 'DELETE')
                                   THEN older_than ELSE greatest(older_than, interval '30 days') END
      ORDER BY audit_no LIMIT at_most)
    RETURNING 1)
  SELECT count(*) FROM gone;
END;

REVOKE ALL ON FUNCTION sluice_drop_audit(INTERVAL, INT) FROM PUBLIC;

DO $$
DECLARE
  grantee_name TEXT;
BEGIN
  -- Installations go on as they are: whoever could drop old entries of the audit can do so by the function.
  FOR grantee_name IN
    SELECT DISTINCT coalesce(quote_ident(rolname), 'PUBLIC')
    FROM pg_class, aclexplode(relacl) AS granted LEFT JOIN pg_roles ON pg_roles.oid = granted.grantee
    WHERE pg_class.oid = 'sluice_audit'::regclass AND privilege_type = 'DELETE' AND granted.grantee <> relowner
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION sluice_drop_audit(INTERVAL, INT) TO %s', grantee_name);
  END LOOP;
  -- Its default privileges gave sluice all rights on both tables when they were made.
  IF current_user = 'sluice_owner' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice') THEN
    REVOKE UPDATE, DELETE ON sluice_audit FROM sluice;
    REVOKE INSERT, UPDATE, DELETE ON sluice_migrations FROM sluice;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_viewer') THEN
    GRANT SELECT ON sluice_migrations TO sluice_viewer;
  END IF;
END $$;
