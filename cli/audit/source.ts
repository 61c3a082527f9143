import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { DatabaseConfig } from '#shared/config.ts';
import type { Sql } from '#shared/database.ts';
import { lockFolder } from '#shared/folder-lock.ts';

/** A database that is audited, or one that has witnessed: read, never written. */
export interface Source extends AsyncDisposable {
  /** How the report names it. */
  readonly name: string;
  readonly sql: Sql;
}

/** What cannot be audited as it was asked for; `message` says why. */
export class SourceError extends Error {}

/** The database that is meant by a URL, by a service's folder, or by a data folder in which `service` has one. @throws SourceError when there is none. */
export function databaseAt(place: string, service: string): DatabaseConfig {
  if (/^postgres(ql)?:\/\//.test(place)) return { engine: 'postgresql', url: place };
  for (const folder of [place, join(place, service)]) if (existsSync(join(folder, 'pg'))) return { engine: 'pglite', folder };
  throw new SourceError(`${place}: không có cơ sở dữ liệu của ${service} · there is no database of ${service}`);
}

/** Whether the place is a file, which then has signed checkpoints in it. */
export function isFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The signed checkpoints of a file, one after the other. */
export function notesOf(file: string): string[] {
  return readFileSync(file, 'utf8').match(/[^\n]+\n\d+\n[^\n]+\n(?:[^\n]+\n)*\n(?:— [^\n]+\n)+/g) ?? [];
}

/**
 * Opens a database in one state of it, however long the reading takes.
 * @throws FolderLocked when a running service has the folder; SourceError when there is no access log in it.
 */
export async function openSource(name: string, database: DatabaseConfig): Promise<Source> {
  const source = database.engine === 'pglite' ? await openFolder(name, database.folder) : await openServer(name, database.url);
  try {
    const [found] = await source.sql.query<{ found: boolean }>(
      "SELECT to_regclass('access_log') IS NOT NULL AND to_regclass('witnessed_checkpoint') IS NOT NULL AS found",
    );
    if (!found?.found) throw new SourceError(`${name}: không có nhật ký truy cập · there is no access log in this database`);
    return source;
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

async function openFolder(name: string, folder: string): Promise<Source> {
  if (!existsSync(join(folder, 'pg'))) throw new SourceError(`${folder}: không có cơ sở dữ liệu · there is no database in this folder`);
  const unlock = lockFolder(folder);
  try {
    const pglite = await PGlite.create({ dataDir: join(folder, 'pg') });
    return {
      name,
      sql: { query: async <Row>(statement: string, parameters: readonly unknown[] = []) => (await pglite.query<Row>(statement, [...parameters])).rows },
      [Symbol.asyncDispose]: async () => {
        await pglite.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openServer(name: string, url: string): Promise<Source> {
  const client = new pg.Client({ connectionString: url });
  // A connection that is cut fails the statement under way; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // A policy must not hide entries from the audit: statements fail then.
  await client.query('SET LOCAL row_security = off');
  return {
    name,
    sql: { query: async <Row>(statement: string, parameters: readonly unknown[] = []) => (await client.query(statement, [...parameters])).rows as Row[] },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
