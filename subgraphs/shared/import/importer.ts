import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Session, Sql } from '../database.ts';
import { type Csv, type CsvBatch, openCsv } from './csv.ts';
import { createParser, cut, type RowFault, type RowParser } from './parser.ts';
import { readReferences } from './reference.ts';
import type { ImportSpec } from './spec.ts';
import { createStaging, noteCorrections, stagedChecks, takeFaults, writeStaged } from './staging.ts';

/** How far an import has come. `bytes` and `rows` are what has been read of the file. */
export interface ImportProgress {
  readonly phase: 'reading' | 'checking' | 'writing';
  readonly bytes: number;
  readonly rows: number;
}

/** How an import is done. */
export interface ImportOptions {
  /** Keys the ids of records, see record-id.ts. */
  readonly recordIdKey: string;
  /** Writes the good rows of a file that has bad ones; otherwise nothing is written then. */
  readonly skipBadRows?: boolean;
  /** Told after every batch; the next one waits for its promise. */
  readonly onProgress?: (progress: ImportProgress) => void | Promise<void>;
  /** Told everything that is wrong, as it is found; a row may have several faults. */
  readonly onFault?: (fault: RowFault) => void;
  /** Stops the import; what was not committed by then is not written. */
  readonly signal?: AbortSignal;
}

/** What an import did. All counts are of rows. */
export interface ImportResult {
  /** Read from the file. */
  readonly rows: number;
  readonly bad: number;
  /** `false` when nothing was written because of bad rows. */
  readonly written: boolean;
  readonly inserted: number;
  readonly updated: number;
  /** What is odd about the file. */
  readonly warnings: readonly string[];
}

/** Any number, the same everywhere: imports into a database write one after the other, since two at once could lock each other's records out. */
const WRITE_LOCK = 8_111_531;

/** How long an import waits before it commits; in milliseconds. */
const LAST_CHANCE = 20;

/** COPY is given pieces of about this size; in UTF-16 units. */
const PIECE = 256 * 1024;

/**
 * Imports a CSV in constant memory.
 * @throws CsvError when the file as a whole cannot be read; then, as after any other failure, nothing is written.
 */
export async function importCsv(
  database: Database,
  spec: ImportSpec,
  input: AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<ImportResult> {
  return importBatches(database, spec, await openCsv(input), options);
}

/** Imports rows that are at hand, each as a CSV would hold it. */
export function importRows(
  database: Database,
  spec: ImportSpec,
  rows: readonly Readonly<Record<string, string>>[],
  options: ImportOptions,
): Promise<ImportResult> {
  const header = Object.keys(rows[0] ?? {});
  async function* batches(): AsyncGenerator<CsvBatch, void, undefined> {
    const size = 500;
    for (let at = 0; at < rows.length; at += size) {
      yield { rows: rows.slice(at, at + size).map((row, i) => ({ line: at + i + 2, cells: header.map((name) => row[name] ?? '') })), bytes: 0 };
    }
  }
  return importBatches(database, spec, { header, batches: batches(), warnings: [] }, options);
}

async function importBatches(database: Database, spec: ImportSpec, csv: Csv, options: ImportOptions): Promise<ImportResult> {
  const { recordIdKey, skipBadRows = false, signal } = options;
  const parser = createParser(spec, csv.header, { recordIdKey, foreignIds: database.foreignIds, references: await readReferences(database) });
  const run = new Run(options);
  const staging = `staging_${randomBytes(6).toString('hex')}`;
  const result = await database.session(async (session) => {
    await session.query(createStaging(spec, staging));
    try {
      await session.copyIn(staging, run.stage(csv.batches, parser));
      await run.enter('checking');
      await session.query(`ANALYZE ${staging}`);
      await checkStaged(session, spec, staging, run);
      if (run.bad > 0 && !skipBadRows) return { ...run.counts(), written: false, inserted: 0, updated: 0, warnings: csv.warnings };
      await run.enter('writing');
      const written = await session.transaction(async (sql) => {
        await sql.query('SELECT pg_advisory_xact_lock($1)', [WRITE_LOCK]);
        const counts = await write(sql, spec, staging, parser);
        // What stops an import may have come while a statement held up this process: it must be heard before all is written for good.
        if (signal) await sleep(LAST_CHANCE, undefined, { signal });
        return counts;
      });
      return { ...run.counts(), written: true, ...written, warnings: csv.warnings };
    } finally {
      // Where a statement failed the connection goes, and the table with it.
      await session.query(`DROP TABLE IF EXISTS ${staging}`).catch(() => undefined);
    }
  }, signal);
  if (result.written) await database.clearUp();
  return result;
}

/** What has happened so far in one import. */
class Run {
  bad = 0;
  readonly #options: ImportOptions;
  #rows = 0;
  #bytes = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** The batches as pieces for COPY; bad rows are reported and left out. */
  async *stage(batches: AsyncIterable<CsvBatch>, parser: RowParser): AsyncGenerator<string, void, undefined> {
    let piece = '';
    for await (const { rows, bytes } of batches) {
      this.#options.signal?.throwIfAborted();
      for (const row of rows) {
        const parsed = parser.parse(row);
        if (typeof parsed === 'string') piece += parsed;
        else this.report(parsed);
      }
      this.#rows += rows.length;
      this.#bytes = bytes;
      await this.enter('reading');
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
  }

  /** Faults of one row. */
  report(faults: readonly RowFault[]): void {
    this.bad += 1;
    for (const fault of faults) this.#options.onFault?.(fault);
  }

  async enter(phase: ImportProgress['phase']): Promise<void> {
    this.#options.signal?.throwIfAborted();
    await this.#options.onProgress?.({ phase, bytes: this.#bytes, rows: this.#rows });
  }

  counts() {
    return { rows: this.#rows, bad: this.bad };
  }
}

/** Reports rows at fault and takes them out, until none is left: taking one out may leave another without the record that it refers to. */
async function checkStaged(session: Session, spec: ImportSpec, staging: string, run: Run): Promise<void> {
  for (let found = true; found; ) {
    found = false;
    for (const check of stagedChecks(spec)) {
      for (;;) {
        const faults = await session.query<{ line: number; value: string | null; hint?: string }>(takeFaults(check, staging));
        for (const { line, value, hint } of faults.sort((a, b) => a.line - b.line)) {
          run.report([{ line, column: check.column, value: cut(value ?? ''), expected: hint ? `${check.expected}; ${hint}` : check.expected }]);
        }
        found ||= faults.length > 0;
        if (faults.length === 0) break;
        await run.enter('checking');
      }
    }
  }
}

async function write(sql: Sql, spec: ImportSpec, staging: string, parser: RowParser): Promise<{ inserted: number; updated: number }> {
  // No other import writes now, and whatever else might write the same record into an empty table makes this one fail as a whole.
  const [table] = await sql.query<{ empty: boolean }>(`SELECT NOT EXISTS (SELECT FROM "${spec.table}") AS empty`);
  for (const statement of table?.empty ? [] : noteCorrections(spec, staging, parser.given)) await sql.query(statement);
  const [counts] = await sql.query<{ inserted: number; updated: number }>(writeStaged(spec, staging, parser.given, table?.empty ?? false));
  for (const statement of spec.after?.(staging) ?? []) await sql.query(statement);
  return { inserted: counts?.inserted ?? 0, updated: counts?.updated ?? 0 };
}
