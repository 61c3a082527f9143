/**
 * The three roles of a ministry's database: the owner has everything and nobody logs in as it; the migrator may become the owner, for migrations and
 * imports; the application, which answers requests, owns nothing and bypasses nothing.
 */
import type { Sql } from '../database.ts';

/** The names of a subgraph's roles. */
export interface RoleNames {
  readonly owner: string;
  readonly migrator: string;
  readonly app: string;
}

/** PostgreSQL's own roles whose members reach past every table: programs and files of the server. */
const BEYOND_TABLES = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'];

/** A database server has no such roles, or the login may not be them; the message says what to do. */
export class RolesMissing extends Error {}

/** Roles belong to the whole server: their names begin with the subgraph's. */
export function roleNames(subgraph: string): RoleNames {
  return { owner: `${subgraph}_owner`, migrator: `${subgraph}_migrator`, app: `${subgraph}_app` };
}

/**
 * Makes what is not there yet of the roles, where the login may, and gives the owner whatever in the database has another one: a database from
 * before there were roles.
 * @throws RolesMissing where somebody else must make them.
 */
export async function prepareRoles(sql: Sql, subgraph: string): Promise<RoleNames> {
  const names = roleNames(subgraph);
  const [login] = await sql.query<{ superuser: boolean; ready: boolean; name: string }>(
    `SELECT rolsuper AS superuser, rolname AS name, (SELECT count(*) = 3 FROM pg_roles WHERE rolname = ANY($1)) AS ready FROM pg_roles WHERE rolname = current_user`,
    [Object.values(names)],
  );
  if (login?.superuser) {
    if (!login.ready) for (const statement of makeRoles(names)) await sql.query(statement);
    await sql.query(takeOver(names));
    return names;
  }
  const [member] = login?.ready ? await sql.query<{ may: boolean }>("SELECT pg_has_role(current_user, $1, 'MEMBER') AS may", [names.owner]) : [];
  if (member?.may) return names;
  throw new RolesMissing(
    `expected the roles ${Object.values(names).join(', ')} and a login that is a member of ${names.owner}, got the login ${login?.name}: ` +
      `run docker/databases.sql as superuser, or set ${subgraph.toUpperCase()}_MIGRATOR_DATABASE_URL`,
  );
}

/**
 * Makes sure that a login is no more than the application.
 * @throws RolesMissing otherwise.
 */
export async function checkApplication(sql: Sql, { owner, app }: RoleNames): Promise<void> {
  const [login] = await sql.query<{ name: string; powers: string[] }>(
    `SELECT rolname AS name, array_remove(ARRAY[CASE WHEN rolsuper THEN 'is a superuser' END, CASE WHEN rolbypassrls THEN 'bypasses row-level security' END,
       CASE WHEN rolcreaterole THEN 'may make roles' END,
       (SELECT 'is a member of ' || string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_roles r WHERE r.rolname = ANY ($2) AND pg_has_role(session_user, r.oid, 'MEMBER')),
       CASE WHEN pg_has_role(session_user, $1, 'MEMBER') THEN 'may become the owner' END], NULL) AS powers FROM pg_roles WHERE rolname = session_user`,
    [owner, BEYOND_TABLES],
  );
  if (login?.powers.length === 0) return;
  throw new RolesMissing(
    `expected the service to log in as ${app}, got ${login?.name}, which ${login?.powers.join(' and ')}: set the login of the DATABASE_URL`,
  );
}

/** Services that start at once make them at once: whoever comes second finds them made. */
function makeRoles({ owner, migrator, app }: RoleNames): string[] {
  const make = (name: string, options: string) =>
    `DO $$ BEGIN CREATE ROLE ${name} ${options}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`;
  const tryAgain = (statement: string) =>
    `DO $$ BEGIN FOR i IN 1..20 LOOP BEGIN ${statement}; EXIT; EXCEPTION WHEN internal_error OR unique_violation THEN PERFORM pg_sleep(0.05); END; END LOOP; END $$`;
  return [make(owner, 'NOLOGIN'), make(migrator, 'LOGIN NOINHERIT'), make(app, 'LOGIN NOINHERIT'), tryAgain(`GRANT ${owner} TO ${migrator}`)];
}

/** What the database holds becomes the owner's; the application may use what it is granted. */
function takeOver({ owner, app }: RoleNames): string {
  return `DO $$ DECLARE statement text; BEGIN
    FOR statement IN
      SELECT format('ALTER SCHEMA public OWNER TO ${owner}') FROM pg_namespace WHERE nspname = 'public' AND nspowner <> '${owner}'::regrole
      UNION ALL SELECT format('ALTER TABLE %I.%I OWNER TO ${owner}', 'public', relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relowner <> '${owner}'::regrole
      UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO ${owner}', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> '${owner}'::regrole AND prokind <> 'a'
      UNION ALL SELECT format('ALTER AGGREGATE %s OWNER TO ${owner}', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> '${owner}'::regrole AND prokind = 'a'
      UNION ALL SELECT format('ALTER SEQUENCE %I.%I OWNER TO ${owner}', 'public', c.relname) FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relowner <> '${owner}'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
    LOOP EXECUTE statement; END LOOP;
    IF NOT has_schema_privilege('${app}', 'public', 'USAGE') THEN GRANT USAGE ON SCHEMA public TO ${app}; END IF;
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO ${owner}', current_database());
  END $$`;
}
