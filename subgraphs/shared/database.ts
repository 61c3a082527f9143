import type { EntitySchema } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM as PgliteORM } from '@mikro-orm/pglite';
import type { MikroORM as PostgresORM } from '@mikro-orm/postgresql';
import type { DatabaseConfig } from './config.ts';
import { openPglite } from './database/pglite.ts';
import { openPostgres } from './database/postgres.ts';
import { type ForeignIds, NO_FOREIGN_IDS } from './foreign-ids/foreign-ids.ts';
import { keepForeignIds } from './foreign-ids/keeping.ts';
import type { Reach } from './reach.ts';
import type { TimeLimit } from './time-limit.ts';

/** Runs statements; `$1 …` stand for the parameters. */
export interface Sql {
  query<Row = Record<string, unknown>>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One connection, kept for a work of several statements (temporary tables live as long as it does). */
export interface Session extends Sql {
  /** Runs `COPY … FROM STDIN` in text format with the chunks as its data. */
  copyIn(target: string, chunks: AsyncIterable<string>): Promise<void>;
  /** Commits when `work` succeeds, rolls back when it throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/**
 * A subgraph's database: the same SQL on PGlite and on a PostgreSQL server. Statements and sessions of its own are the owner's: migrations, imports
 * and tools. Requests are answered by `as` and `acting`, which are the application's, and see what PostgreSQL lets their reach see.
 */
export interface Database extends EngineDatabase {
  /** How it keeps other ministries' ids: requests give and get them as the graph has them, the owner sees them sealed. */
  readonly foreignIds: ForeignIds;
}

/** A database as its engine gives it. */
export interface EngineDatabase extends Sql {
  readonly engine: DatabaseConfig['engine'];
  readonly orm: PostgresORM | PgliteORM;
  /** Reads as the application, each statement in a transaction of its own, with the reach as it is then. */
  as(reach: () => Reach, limit?: TimeLimit): Sql;
  /** A transaction as the application: commits when `work` succeeds, rolls back when it throws. */
  acting<T>(reach: () => Reach, work: (sql: Sql) => Promise<T>, limit?: TimeLimit): Promise<T>;
  /** Makes sure that the application's login can be nothing else; for production. @throws RolesMissing */
  checkApplication(): Promise<void>;
  /** `signal` cancels the statement under way where the engine can. */
  session<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs `work` while no other process that uses the same database runs any: replicas that start at once wait for each other. `signal` ends the waiting. */
  exclusively<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Brings the tables up to date; to be run {@link exclusively}. @returns the migrations that ran. */
  migrate(): Promise<string[]>;
  /** Frees what much writing left behind, where the engine does not do so by itself: PGlite has no autovacuum. */
  clearUp(): Promise<void>;
  close(): Promise<void>;
}

/** What a subgraph's tables are made of. */
export interface TablesDefinition {
  /** The subgraph's name, with which its roles begin. */
  readonly name: string;
  readonly entities: readonly EntitySchema[];
  /** Folder of the migrations and their snapshot. */
  readonly migrations: string;
  /** None where it is left out. */
  readonly foreignIds?: ForeignIds;
}

/**
 * Opens the database.
 * @throws FolderLocked when another process has the PGlite folder open; RolesMissing when the server has not the roles that it needs.
 */
export async function openDatabase(config: DatabaseConfig, tables: TablesDefinition): Promise<Database> {
  return keepForeignIds(await openEngine(config, tables), tables.foreignIds ?? NO_FOREIGN_IDS);
}

async function openEngine(config: DatabaseConfig, tables: TablesDefinition): Promise<EngineDatabase> {
  switch (config.engine) {
    case 'pglite':
      return openPglite(config.folder, tables);
    case 'postgresql':
      return openPostgres(config, tables);
    default:
      return config satisfies never;
  }
}

/** How MikroORM is set up on both engines. */
export function ormOptions(tables: TablesDefinition) {
  return {
    entities: [...tables.entities],
    extensions: [Migrator],
    migrations: {
      path: tables.migrations,
      glob: 'Migration*.ts',
      snapshotName: '.snapshot',
      snapshotOnMigrate: false,
      disableForeignKeys: false,
      silent: true,
    },
    discovery: { warnWhenNoEntities: false },
    // A database that is not there is more likely a mistake in its name than one to be made.
    ensureDatabase: false,
  };
}

/** Runs the migrations that have not run yet. @returns their names. */
export async function runMigrations(orm: PostgresORM | PgliteORM): Promise<string[]> {
  return (await orm.migrator.up()).map((migration) => migration.name);
}

/** Statements that tell PostgreSQL, until the transaction ends, what the caller may see. */
export function contextStatement({ agency, scopes, passes, all }: Reach): string {
  const settings = { agency: agency ?? '', scopes: `{${scopes.join(',')}}`, passes: `{${passes.join(',')}}`, all: all ? 'on' : '' };
  return `SELECT ${Object.entries(settings)
    .map(([name, value]) => `set_config('caller.${name}', '${value.replaceAll("'", "''")}', true)`)
    .join(', ')}`;
}
