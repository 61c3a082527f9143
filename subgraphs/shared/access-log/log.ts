import type { Logger } from 'pino';
import type { Sql } from '../database.ts';
import { appendTexts, type LogIdentity, readSizes, writeCheckpoint } from './append.ts';
import { type AccessEntry, entryText } from './entry.ts';

/** A service's access log, open for appending. */
export interface AccessLog {
  /**
   * Resolves when the entry is committed, and rejects when it could not be: the answer it is about must not leave then. Entries that come
   * while others are being written are written together. Must not be called inside a transaction (PGlite has one connection): see appendAccess.
   */
  append(entry: AccessEntry): Promise<void>;
  /** Signs what the log is now. @returns the signed note. */
  checkpoint(): Promise<string>;
  /** The newest checkpoint that this process signed or found; undefined before the first. For headers: asks no database. */
  newest(): string | undefined;
  /** Writes what was accepted, signs it, and takes no more. */
  close(): Promise<void>;
}

/** What an access log is opened with. */
export interface AccessLogParts extends LogIdentity {
  /** Commits when the work succeeds, rolls back when it throws. */
  readonly transaction: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly log: Logger;
  /** How often the log is signed while there are entries, in milliseconds. */
  readonly checkpointEvery?: number;
}

/** At the latest after so many entries the log is signed. */
const ENTRIES_UNSIGNED = 1_000;
const CHECKPOINT_EVERY = 60_000;
/** Most entries in a transaction: others wait for its lock. */
const BATCH = 500;

interface Waiting {
  readonly text: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Opens the log. Signs at once what was written before and is not signed yet, as after a crash. */
export function openAccessLog({ transaction, log, checkpointEvery = CHECKPOINT_EVERY, ...identity }: AccessLogParts): AccessLog {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let newest: string | undefined;
  /** How much of the log is signed, as far as this process knows. */
  let known = 0;
  let closing: Promise<void> | undefined;

  const sign = async (sql: Sql) => writeCheckpoint(sql, identity, new Date());

  const writeAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      try {
        const signed = await transaction(async (sql) => {
          const size = await appendTexts(
            sql,
            batch.map(({ text }) => text),
          );
          // Acts and other replicas write and sign themselves: the database is asked, but only when it may be time.
          if (size - known >= ENTRIES_UNSIGNED) known = (await readSizes(sql)).signed;
          return size - known >= ENTRIES_UNSIGNED ? await sign(sql) : undefined;
        });
        newest = signed ?? newest;
        for (const { done } of batch) done();
      } catch (error) {
        log.error({ err: error, entries: batch.length }, 'the access log could not be written');
        for (const { failed } of batch) failed(error);
      }
    }
    writing = undefined;
  };

  const signIfNew = async () => {
    try {
      const signed = await transaction(async (sql) => {
        const { size, signed } = await readSizes(sql);
        if (size > signed || newest === undefined) return size === 0 ? undefined : await sign(sql);
        return undefined;
      });
      newest = signed ?? newest;
    } catch (error) {
      log.error({ err: error }, 'the access log could not be signed');
    }
  };
  let signing: Promise<void> = signIfNew();
  const timer = setInterval(() => {
    signing = signing.then(signIfNew);
  }, checkpointEvery).unref();

  const close = async () => {
    clearInterval(timer);
    await writing;
    await signing;
    await signIfNew();
  };

  return {
    append: async (entry) => {
      if (closing !== undefined) throw new Error('the access log is closed');
      const text = entryText(entry);
      await new Promise<void>((done, failed) => {
        waiting.push({ text, done, failed });
        // In the next turn, so that requests which end in this one are written together.
        writing ??= Promise.resolve().then(writeAll);
      });
    },
    checkpoint: async () => {
      newest = await transaction(sign);
      return newest;
    },
    newest: () => newest,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
