-- One role and one database for each ministry. A role owns its database, since its service migrates it at start, and may not even connect
-- to another's. Run by psql as superuser on a new server: the postgres image does so once, when its volume is empty.
\set ON_ERROR_STOP on
\getenv agencies_password AGENCIES_DATABASE_PASSWORD
\getenv calls_password CALLS_DATABASE_PASSWORD
\getenv referrals_password REFERRALS_DATABASE_PASSWORD
\getenv victims_password VICTIMS_DATABASE_PASSWORD

CREATE ROLE agencies LOGIN PASSWORD :'agencies_password';
CREATE ROLE calls LOGIN PASSWORD :'calls_password';
CREATE ROLE referrals LOGIN PASSWORD :'referrals_password';
CREATE ROLE victims LOGIN PASSWORD :'victims_password';

CREATE DATABASE agencies OWNER agencies;
CREATE DATABASE calls OWNER calls;
CREATE DATABASE referrals OWNER referrals;
CREATE DATABASE victims OWNER victims;

-- By default everybody may connect to every database.
REVOKE ALL ON DATABASE agencies, calls, referrals, victims, postgres, template1 FROM PUBLIC;
