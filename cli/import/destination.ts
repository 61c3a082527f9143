import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntitySchema } from '@mikro-orm/core';
import { type Database, openDatabase } from '#shared/database.ts';
import { adoptReferenceKey } from '#shared/foreign-ids/adoption.ts';
import { type ForeignColumn, foreignIdsIn } from '#shared/foreign-ids/foreign-ids.ts';
import { FolderLocked } from '#shared/folder-lock.ts';
import { type ImportService, serviceFile } from '#shared/import/http.ts';
import { type ImportOptions, type ImportResult, importCsv } from '#shared/import/importer.ts';
import type { ImportSpec } from '#shared/import/spec.ts';
import type { ImportToolConfig } from '../config.ts';
import { readPieces } from './file.ts';
import { importRemotely } from './remote.ts';

/** A subgraph that takes the records. */
export interface Destination {
  readonly config: ImportToolConfig;
  readonly spec: ImportSpec;
  readonly entities: readonly EntitySchema[];
  readonly foreign: readonly ForeignColumn[];
  readonly migrations: string;
}

/** What `importFile` is told besides. */
export interface FileImportOptions extends Omit<ImportOptions, 'recordIdKey'> {
  /** Called when the data folder is in use by a process that takes no imports yet. */
  readonly onWaiting?: () => void;
}

/** How long to wait for a service that is starting; seeding included. Milliseconds. */
const PATIENCE = 120_000;

/** The subgraphs that take `records`, the one that owns them first. */
export async function findDestinations(records: string, configs: Readonly<Record<string, ImportToolConfig>>, project: string): Promise<Destination[]> {
  const found: Destination[] = [];
  for (const config of Object.values(configs)) {
    const folder = join(project, 'subgraphs', config.name);
    const { imports } = (await import(join(folder, 'import.ts'))) as { imports: Readonly<Record<string, ImportSpec>> };
    const spec = imports[records];
    if (spec === undefined) continue;
    const { entities, foreign = [] } = (await import(join(folder, 'entities.ts'))) as { entities: readonly EntitySchema[]; foreign?: readonly ForeignColumn[] };
    found.push({ config, spec, entities, foreign, migrations: join(folder, 'migrations') });
  }
  // An owner has a table of its own for the records; the others only list what there is.
  return found.sort((a, b) => Number(a.spec.table === 'reference') - Number(b.spec.table === 'reference'));
}

/** What can be imported anywhere. */
export async function importableRecords(configs: Readonly<Record<string, ImportToolConfig>>, project: string): Promise<string[]> {
  const names = new Set<string>();
  for (const name of Object.keys(configs)) {
    const { imports } = (await import(join(project, 'subgraphs', name, 'import.ts'))) as { imports: object };
    for (const records of Object.keys(imports)) names.add(records);
  }
  return [...names];
}

/**
 * Imports the file: into the database itself, or through the service that has it open.
 * @throws CsvError when the file as a whole cannot be read; FolderLocked when the data folder stays in use by another process;
 *   ConfigError and WrongReferenceKey where it lacks the key for other ministries' ids.
 */
export async function importFile(destination: Destination, file: string, records: string, options: FileImportOptions): Promise<ImportResult> {
  const { config } = destination;
  const keys = config.referenceKeys();
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    options.signal?.throwIfAborted();
    let database: Database;
    try {
      const { entities, migrations, foreign } = destination;
      database = await openDatabase(config.database, { name: config.name, entities, migrations, foreignIds: foreignIdsIn(foreign, keys) });
    } catch (error) {
      if (!(error instanceof FolderLocked)) throw error;
      const service = runningService(config);
      const result = service && (await importRemotely(service, records, file, options));
      if (result) return result;
      if (performance.now() > deadline) throw error;
      options.onWaiting?.();
      await sleep(500, undefined, options.signal ? { signal: options.signal } : {});
      continue;
    }
    try {
      await database.exclusively(async () => {
        await database.migrate();
        if (keys) await adoptReferenceKey(database, config.name, keys);
      }, options.signal);
      return await importCsv(database, destination.spec, readPieces(file), { ...options, recordIdKey: config.recordIdKey });
    } finally {
      await database.close();
    }
  }
}

function runningService(config: ImportToolConfig): ImportService | undefined {
  if (config.database.engine !== 'pglite') return undefined;
  try {
    return JSON.parse(readFileSync(serviceFile(config.database.folder), 'utf8')) as ImportService;
  } catch {
    return undefined;
  }
}
