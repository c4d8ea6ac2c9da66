-- Prepares a PostgreSQL server for Sluice. Run it as a superuser, with psql 15 or newer. It may be run again:
--
--   psql -h HOST -U postgres -f config/postgres_setup.sql
--
-- It creates the database ecommerce_streaming, the table events with its indexes, and three roles:
--
--   sluice_owner   owns the tables and runs the migrations:                 DATABASE_OWNER_URL
--   sluice         reads and writes rows and ledger, adds to the audit:     DATABASE_URL
--   sluice_viewer  a group that only reads, without rejects and conflicts:  DATABASE_READ_URL, by a member of it
--
-- Then run: sluice migrate. If sluice was the only role until now, the script splits it: sluice_owner becomes the owner of
-- what sluice owned, the pipeline still runs as sluice, and migrate needs DATABASE_OWNER_URL.
--
-- Rejects and conflicts hold values from the files, which may be personal data. Only sluice and the owner can read
-- them; "sluice rejects" and "resubmit" run as sluice. Members of sluice_viewer read the events and the rest of the
-- ledger: CREATE ROLE board LOGIN IN ROLE sluice_viewer. Other roles can read nothing.
--
-- No file holds the roles' passwords. Set them afterwards: psql asks for them and sends them encrypted:
--
--   psql -h HOST -U postgres -c '\password sluice_owner' -c '\password sluice'
--
-- In a script, set SLUICE_OWNER_PASSWORD and SLUICE_PASSWORD in the environment of psql instead.

\set ON_ERROR_STOP on

SELECT 'CREATE DATABASE ecommerce_streaming ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ecommerce_streaming')
\gexec

\connect ecommerce_streaming

BEGIN;
SET LOCAL client_min_messages = warning;

-- The roles get only the rights given here. They are not superusers, cannot create roles or databases, and cannot bypass row
-- security.
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY['sluice_owner', 'sluice']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE sluice_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE sluice       LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- A group: it cannot log in itself.
SELECT 'CREATE ROLE sluice_viewer NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_viewer')
\gexec
ALTER ROLE sluice_viewer NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Only the owner creates tables, by its migrations. The other roles have no rights on any other table.
REVOKE TEMPORARY ON DATABASE ecommerce_streaming FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC, sluice;
GRANT CONNECT ON DATABASE ecommerce_streaming TO sluice_owner, sluice, sluice_viewer;
GRANT TEMPORARY ON DATABASE ecommerce_streaming TO sluice; -- "sluice undo" collects its rows in a temporary table
GRANT USAGE ON SCHEMA public TO sluice, sluice_viewer;
GRANT USAGE, CREATE ON SCHEMA public TO sluice_owner;

CREATE TABLE IF NOT EXISTS public.events (
  event_id        UUID PRIMARY KEY,
  event_type      VARCHAR(50)  NOT NULL,
  product_id      VARCHAR(100) NOT NULL,
  user_id         VARCHAR(100) NOT NULL,
  event_timestamp TIMESTAMP    NOT NULL,
  quantity        INTEGER,
  price           NUMERIC(10, 2),
  created_at      TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS idx_events_event_type ON public.events (event_type);
CREATE INDEX IF NOT EXISTS idx_events_user_id    ON public.events (user_id);
CREATE INDEX IF NOT EXISTS idx_events_product_id ON public.events (product_id);
CREATE INDEX IF NOT EXISTS idx_events_timestamp  ON public.events (event_timestamp);

-- sluice_owner gets what sluice owned before, and the table that was created here. It does not get a table of another owner.
SELECT format('ALTER TABLE public.%I OWNER TO sluice_owner', relname)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
  AND (relname = 'events' OR relname LIKE 'sluice\_%') AND pg_get_userbyid(relowner) IN ('sluice', current_user)
\gexec
SELECT format('ALTER FUNCTION public.%I(%s) OWNER TO sluice_owner', proname, pg_get_function_identity_arguments(oid))
FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'sluice\_%' AND pg_get_userbyid(proowner) IN ('sluice', current_user)
\gexec

-- sluice: rights on rows and ledger, also on tables that a later migration creates.
ALTER DEFAULT PRIVILEGES FOR ROLE sluice_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sluice;
GRANT SELECT, INSERT, DELETE ON public.events TO sluice; -- "sluice undo" deletes
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO sluice', tablename)
FROM pg_tables
WHERE schemaname = 'public' AND tablename LIKE 'sluice\_%' AND tablename NOT IN ('sluice_audit', 'sluice_contracts', 'sluice_migrations')
\gexec
-- sluice may only add to the audit of operators' actions. A function of the owner lets it drop entries older than 30 days.
SELECT 'REVOKE ALL ON public.sluice_audit FROM sluice; GRANT SELECT, INSERT ON public.sluice_audit TO sluice'
WHERE to_regclass('public.sluice_audit') IS NOT NULL
\gexec
-- A contract never changes, apart from the name of its feed.
SELECT 'REVOKE ALL ON public.sluice_contracts FROM sluice; GRANT SELECT, INSERT, UPDATE (feed) ON public.sluice_contracts TO sluice'
WHERE to_regclass('public.sluice_contracts') IS NOT NULL
\gexec
SELECT 'REVOKE ALL ON public.sluice_migrations FROM sluice; GRANT SELECT ON public.sluice_migrations TO sluice'
WHERE to_regclass('public.sluice_migrations') IS NOT NULL
\gexec
SELECT 'GRANT EXECUTE ON FUNCTION public.sluice_drop_audit(INTERVAL, INT) TO sluice'
WHERE to_regprocedure('public.sluice_drop_audit(interval, int)') IS NOT NULL
\gexec

-- sluice_viewer: rights on existing tables. A migration that creates another table grants the rights on it.
GRANT SELECT ON public.events TO sluice_viewer;
SELECT format('GRANT SELECT ON public.%I TO sluice_viewer', tablename)
FROM pg_tables
WHERE schemaname = 'public'
  AND tablename IN ('sluice_files', 'sluice_chunks', 'sluice_commits', 'sluice_commit_counts', 'sluice_audit',
                    'sluice_contracts', 'sluice_feeds', 'sluice_migrations', 'sluice_acks', 'sluice_processes')
\gexec

COMMIT;

\getenv password SLUICE_PASSWORD
\getenv owner_password SLUICE_OWNER_PASSWORD
\if :{?password}
ALTER ROLE sluice PASSWORD :'password';
\endif
\if :{?owner_password}
ALTER ROLE sluice_owner PASSWORD :'owner_password';
\endif
\echo 'Ready. Unless they have them, give the roles their passwords:'
\echo '  psql -h HOST -U postgres -c "\\password sluice_owner" -c "\\password sluice"'
