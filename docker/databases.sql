-- Three roles and one database for each ministry. <name>_owner owns everything and nobody logs in as it; <name>_migrator may become it, for
-- migrations and imports; <name>_app answers requests, owns nothing, and may connect to no other ministry's database. Run by psql as superuser: the
-- postgres image does so once, when its volume is empty. On a server that has databases from before there were such roles, or some of all this, run
-- it by hand, with the passwords in the environment: it makes what is missing, sets the passwords, and gives each owner what the database holds
-- (docker compose exec postgres psql -U postgres -f /docker-entrypoint-initdb.d/databases.sql). It may be run again. Roles of before stay, and own nothing any more.
\set ON_ERROR_STOP on
-- That a role is a member already.
SET client_min_messages = warning;
\getenv agencies_app AGENCIES_DATABASE_PASSWORD
\getenv agencies_migrator AGENCIES_MIGRATOR_PASSWORD
\getenv calls_app CALLS_DATABASE_PASSWORD
\getenv calls_migrator CALLS_MIGRATOR_PASSWORD
\getenv referrals_app REFERRALS_DATABASE_PASSWORD
\getenv referrals_migrator REFERRALS_MIGRATOR_PASSWORD
\getenv victims_app VICTIMS_DATABASE_PASSWORD
\getenv victims_migrator VICTIMS_MIGRATOR_PASSWORD

SELECT format('CREATE ROLE %I', name || '_' || role)
FROM unnest('{agencies,calls,referrals,victims}'::text[]) AS n (name), unnest('{owner,migrator,app}'::text[]) AS r (role)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name || '_' || role)
\gexec

ALTER ROLE agencies_owner NOLOGIN;
ALTER ROLE agencies_migrator LOGIN NOINHERIT PASSWORD :'agencies_migrator';
ALTER ROLE agencies_app LOGIN NOINHERIT PASSWORD :'agencies_app';
GRANT agencies_owner TO agencies_migrator;

ALTER ROLE calls_owner NOLOGIN;
ALTER ROLE calls_migrator LOGIN NOINHERIT PASSWORD :'calls_migrator';
ALTER ROLE calls_app LOGIN NOINHERIT PASSWORD :'calls_app';
GRANT calls_owner TO calls_migrator;

ALTER ROLE referrals_owner NOLOGIN;
ALTER ROLE referrals_migrator LOGIN NOINHERIT PASSWORD :'referrals_migrator';
ALTER ROLE referrals_app LOGIN NOINHERIT PASSWORD :'referrals_app';
GRANT referrals_owner TO referrals_migrator;

ALTER ROLE victims_owner NOLOGIN;
ALTER ROLE victims_migrator LOGIN NOINHERIT PASSWORD :'victims_migrator';
ALTER ROLE victims_app LOGIN NOINHERIT PASSWORD :'victims_app';
GRANT victims_owner TO victims_migrator;

SELECT format('CREATE DATABASE %I', name) FROM unnest('{agencies,calls,referrals,victims}'::text[]) AS n (name)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec
ALTER DATABASE agencies OWNER TO agencies_owner;
ALTER DATABASE calls OWNER TO calls_owner;
ALTER DATABASE referrals OWNER TO referrals_owner;
ALTER DATABASE victims OWNER TO victims_owner;

-- By default everybody may connect to every database.
REVOKE ALL ON DATABASE agencies, calls, referrals, victims, postgres, template1 FROM PUBLIC;

-- What gives the owner whatever the database holds: statements that make statements. What belongs to a table goes with it.
SELECT $$
  SELECT format('ALTER TABLE public.%I OWNER TO %I', relname, current_database() || '_owner') FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
  UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO %I', oid::regprocedure, current_database() || '_owner') FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a'
  UNION ALL SELECT format('ALTER AGGREGATE %s OWNER TO %I', oid::regprocedure, current_database() || '_owner') FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace AND prokind = 'a'
  UNION ALL SELECT format('ALTER SEQUENCE public.%I OWNER TO %I', relname, current_database() || '_owner') FROM pg_class c
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
$$ AS take_over
\gset

GRANT CONNECT ON DATABASE agencies TO agencies_migrator, agencies_app;
\connect agencies
ALTER SCHEMA public OWNER TO agencies_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO agencies_app;
:take_over
\gexec

GRANT CONNECT ON DATABASE calls TO calls_migrator, calls_app;
\connect calls
ALTER SCHEMA public OWNER TO calls_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO calls_app;
:take_over
\gexec

GRANT CONNECT ON DATABASE referrals TO referrals_migrator, referrals_app;
\connect referrals
ALTER SCHEMA public OWNER TO referrals_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO referrals_app;
:take_over
\gexec

GRANT CONNECT ON DATABASE victims TO victims_migrator, victims_app;
\connect victims
ALTER SCHEMA public OWNER TO victims_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO victims_app;
:take_over
\gexec
