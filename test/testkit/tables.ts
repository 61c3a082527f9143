import { join, resolve } from 'node:path';
import { type DatabaseConfig, keySource } from '#shared/config.ts';
import { type Database, openDatabase } from '#shared/database.ts';
import { adoptReferenceKey } from '#shared/foreign-ids/adoption.ts';
import { foreignIdsIn } from '#shared/foreign-ids/foreign-ids.ts';
import { readReferenceKeys } from '#shared/foreign-ids/keys.ts';
import { ENGINE, type SubgraphName } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Opens a subgraph's database in this process, on one of the scratch databases of `env`, with its tables up to date. */
export async function openTables(name: SubgraphName, env: NodeJS.ProcessEnv): Promise<Database> {
  const folder = join(ROOT, 'subgraphs', name);
  const { entities, foreign = [] } = await import(join(folder, 'entities.ts'));
  const keys = readReferenceKeys(name, keySource(env), []);
  const config: DatabaseConfig =
    ENGINE === 'postgresql' ? { engine: 'postgresql', url: databaseUrl(name, env) } : { engine: 'pglite', folder: join(env['DATA_FOLDER'] ?? '', name) };
  const database = await openDatabase(config, { name, entities, migrations: join(folder, 'migrations'), foreignIds: foreignIdsIn(foreign, keys) });
  await database.migrate();
  if (keys) await adoptReferenceKey(database, name, keys);
  return database;
}

/** Where a subgraph's database is on the PostgreSQL server. */
export function databaseUrl(name: SubgraphName, env: NodeJS.ProcessEnv): string {
  return env[`${name.toUpperCase()}_DATABASE_URL`] ?? '';
}
