-- Prepares a PostgreSQL server for Sluice. A superuser runs it once, or again, with psql 15 or newer:
--
--   psql -h HOST -U postgres -f config/postgres_setup.sql
--
-- It makes the database ecommerce_streaming, the table events with its indexes, the role sluice, which the pipeline
-- runs as, its migrations too, and sluice_viewer, for those who look. Then: sluice migrate.
--
-- Rejects and conflicts hold what stood in the files, personal data perhaps. Only sluice, which owns them, can read
-- them; "sluice rejects" and "resubmit" run as that role. Members of sluice_viewer read the events and the rest of the
-- ledger: GRANT sluice_viewer TO somebody; whoever is in neither reads nothing.
--
-- The role's password stands in no file. Set it afterwards, psql asks for it and sends it encrypted:
--
--   psql -h HOST -U postgres -c '\password sluice'
--
-- or, where nobody is there to ask, have it in SLUICE_PASSWORD in the environment of psql.

\set ON_ERROR_STOP on

SELECT 'CREATE DATABASE ecommerce_streaming ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ecommerce_streaming')
\gexec

\connect ecommerce_streaming

BEGIN;
SET LOCAL client_min_messages = warning;

-- No right beyond those given here: no superuser, no further roles or databases, no bypass of row security.
SELECT 'CREATE ROLE sluice LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice')
\gexec
ALTER ROLE sluice LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- The role makes the ledger's tables (sluice_*) by its migrations and so owns them, as it owns events. It has no
-- right on any other table. Nobody else makes tables where it looks for its own.
REVOKE TEMPORARY ON DATABASE ecommerce_streaming FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE ecommerce_streaming TO sluice; -- "sluice undo" works out its rows in one
GRANT USAGE, CREATE ON SCHEMA public TO sluice;

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
ALTER TABLE public.events OWNER TO sluice;

CREATE INDEX IF NOT EXISTS idx_events_event_type ON public.events (event_type);
CREATE INDEX IF NOT EXISTS idx_events_user_id    ON public.events (user_id);
CREATE INDEX IF NOT EXISTS idx_events_product_id ON public.events (product_id);
CREATE INDEX IF NOT EXISTS idx_events_timestamp  ON public.events (event_timestamp);

-- A group: nobody logs in as it. Tables that are not there yet are granted by the migration that makes them.
SELECT 'CREATE ROLE sluice_viewer NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_viewer')
\gexec
ALTER ROLE sluice_viewer NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT CONNECT ON DATABASE ecommerce_streaming TO sluice_viewer;
GRANT USAGE ON SCHEMA public TO sluice_viewer;
GRANT SELECT ON public.events TO sluice_viewer;
SELECT format('GRANT SELECT ON public.%I TO sluice_viewer', tablename)
FROM pg_tables
WHERE schemaname = 'public'
  AND tablename IN ('sluice_files', 'sluice_chunks', 'sluice_commits', 'sluice_commit_counts', 'sluice_audit')
\gexec

COMMIT;

\getenv password SLUICE_PASSWORD
\if :{?password}
ALTER ROLE sluice PASSWORD :'password';
\else
\echo 'Ready. Unless it has one, give the role its password:  psql -h HOST -U postgres -c "\\password sluice"'
\endif
