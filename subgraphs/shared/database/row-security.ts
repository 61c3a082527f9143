/**
 * Row-level security, for migrations: PostgreSQL itself gives the application only the rows that the caller of the transaction may see. What the
 * caller is stands in settings of the transaction (see ../reach.ts); where there is none, no row is seen.
 */
import { roleNames } from './roles.ts';

/** What the application may do with a table: SQL over its row, by what is done. What is not named is not allowed. */
export interface TablePolicy {
  readonly read?: string;
  readonly insert?: string;
  /** Which rows may be changed; what they become must fulfil `becomes`, else the same. */
  readonly update?: string;
  readonly becomes?: string;
}

/** Functions that policies ask about the caller. In a policy they stand in a SELECT of their own: then they are called once a statement. */
const CALLER_FUNCTIONS: readonly string[] = [
  `CREATE FUNCTION caller_agency() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('caller.agency', true), '') $$`,
  `CREATE FUNCTION caller_may(scope text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT scope = ANY (coalesce(nullif(current_setting('caller.scopes', true), ''), '{}')::text[]) $$`,
  `CREATE FUNCTION caller_passes() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('caller.passes', true), ''), '{}')::uuid[] $$`,
  `CREATE FUNCTION caller_sees_all() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT coalesce(current_setting('caller.all', true), '') = 'on' $$`,
];

/** In a policy: whether the caller has a scope. */
export const may = (scope: string) => `(SELECT caller_may('${scope}'))`;
/** In a policy: whether the caller sees all records, or the row is of its agency. */
export const own = (column = 'agency') => `((SELECT caller_sees_all()) OR ${column} = (SELECT caller_agency()))`;

/** In a policy: whether a row that is written stays the caller's agency's, or nobody's where it was; seeing all records is not changing them. */
export const kept = '(agency = (SELECT caller_agency()) OR (agency IS NULL AND (SELECT caller_sees_all())))';

/** Tables that every subgraph has. */
const SHARED: Readonly<Record<string, TablePolicy>> = {
  act: { read: 'agency = (SELECT caller_agency())', insert: 'agency = (SELECT caller_agency())', update: 'agency = (SELECT caller_agency())' },
  demo_seed: { read: may('reference:read') },
  record_change: { read: may('reference:read') },
  reference: { read: may('reference:read') },
  access_log: { read: may('access-log:read'), insert: may('access-log:append') },
  access_tree: { read: may('access-log:append'), update: may('access-log:append') },
  access_checkpoint: { read: may('access-log:append'), insert: may('access-log:append') },
  witnessed_checkpoint: { read: may('access-log:append'), insert: may('access-log:append') },
};

/** Rollups hold no record: the totals of one's own lists, and figures for who may have them. Only triggers write them. */
export const ROLLUP_POLICY: TablePolicy = { read: `${may('statistics:exact')} OR ${may('cases:all')} OR ${own()}` };

/**
 * Statements that put every table of the database under row-level security, its owner included, and the application under `policies`. Triggers
 * work for the owner: figures count all records, whoever writes one.
 */
export function rowSecurity(subgraph: string, policies: Readonly<Record<string, TablePolicy>>): string[] {
  const { owner, app } = roleNames(subgraph);
  return [
    ...CALLER_FUNCTIONS,
    // Where migrations before this one have written, triggers that wait for the end of the transaction would keep their tables from being altered.
    'SET CONSTRAINTS ALL IMMEDIATE',
    `DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO ${owner} USING (true) WITH CHECK (true)', name);
      END LOOP;
    END $$`,
    triggersOfTheOwner(),
    ...Object.entries({ ...SHARED, ...policies }).flatMap(([table, policy]) => tablePolicy(app, table, policy)),
  ];
}

/** Statement that lets all trigger functions work for the owner, with names that no temporary table can take over. */
function triggersOfTheOwner(): string {
  return `DO $$ DECLARE name regprocedure; BEGIN
    FOR name IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype LOOP
      EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', name);
    END LOOP;
  END $$`;
}

function tablePolicy(app: string, table: string, { read, insert, update, becomes }: TablePolicy): string[] {
  const grants = Object.entries({ SELECT: read, INSERT: insert, UPDATE: update }).flatMap(([privilege, given]) => (given === undefined ? [] : [privilege]));
  return [
    `GRANT ${grants.join(', ')} ON "${table}" TO ${app}`,
    ...(read === undefined ? [] : [`CREATE POLICY app_read ON "${table}" FOR SELECT TO ${app} USING (${read})`]),
    ...(insert === undefined ? [] : [`CREATE POLICY app_insert ON "${table}" FOR INSERT TO ${app} WITH CHECK (${insert})`]),
    ...(update === undefined ? [] : [`CREATE POLICY app_update ON "${table}" FOR UPDATE TO ${app} USING (${update}) WITH CHECK (${becomes ?? update})`]),
  ];
}
