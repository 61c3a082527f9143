-- Three roles and one database for each ministry. <name>_owner owns everything and nobody logs in as it; <name>_migrator may become it, for
-- migrations and imports; <name>_app answers requests, owns nothing, and may connect to no other ministry's database. Run by psql as superuser on
-- a new server: the postgres image does so once, when its volume is empty.
\set ON_ERROR_STOP on
\getenv agencies_app AGENCIES_DATABASE_PASSWORD
\getenv agencies_migrator AGENCIES_MIGRATOR_PASSWORD
\getenv calls_app CALLS_DATABASE_PASSWORD
\getenv calls_migrator CALLS_MIGRATOR_PASSWORD
\getenv referrals_app REFERRALS_DATABASE_PASSWORD
\getenv referrals_migrator REFERRALS_MIGRATOR_PASSWORD
\getenv victims_app VICTIMS_DATABASE_PASSWORD
\getenv victims_migrator VICTIMS_MIGRATOR_PASSWORD

CREATE ROLE agencies_owner NOLOGIN;
CREATE ROLE agencies_migrator LOGIN NOINHERIT PASSWORD :'agencies_migrator';
CREATE ROLE agencies_app LOGIN NOINHERIT PASSWORD :'agencies_app';
GRANT agencies_owner TO agencies_migrator;
CREATE DATABASE agencies OWNER agencies_owner;

CREATE ROLE calls_owner NOLOGIN;
CREATE ROLE calls_migrator LOGIN NOINHERIT PASSWORD :'calls_migrator';
CREATE ROLE calls_app LOGIN NOINHERIT PASSWORD :'calls_app';
GRANT calls_owner TO calls_migrator;
CREATE DATABASE calls OWNER calls_owner;

CREATE ROLE referrals_owner NOLOGIN;
CREATE ROLE referrals_migrator LOGIN NOINHERIT PASSWORD :'referrals_migrator';
CREATE ROLE referrals_app LOGIN NOINHERIT PASSWORD :'referrals_app';
GRANT referrals_owner TO referrals_migrator;
CREATE DATABASE referrals OWNER referrals_owner;

CREATE ROLE victims_owner NOLOGIN;
CREATE ROLE victims_migrator LOGIN NOINHERIT PASSWORD :'victims_migrator';
CREATE ROLE victims_app LOGIN NOINHERIT PASSWORD :'victims_app';
GRANT victims_owner TO victims_migrator;
CREATE DATABASE victims OWNER victims_owner;

-- By default everybody may connect to every database.
REVOKE ALL ON DATABASE agencies, calls, referrals, victims, postgres, template1 FROM PUBLIC;

GRANT CONNECT ON DATABASE agencies TO agencies_migrator, agencies_app;
\connect agencies
ALTER SCHEMA public OWNER TO agencies_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO agencies_app;

GRANT CONNECT ON DATABASE calls TO calls_migrator, calls_app;
\connect calls
ALTER SCHEMA public OWNER TO calls_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO calls_app;

GRANT CONNECT ON DATABASE referrals TO referrals_migrator, referrals_app;
\connect referrals
ALTER SCHEMA public OWNER TO referrals_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO referrals_app;

GRANT CONNECT ON DATABASE victims TO victims_migrator, victims_app;
\connect victims
ALTER SCHEMA public OWNER TO victims_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO victims_app;
