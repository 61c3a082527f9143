/** How services keep each other's checkpoints, against which an audit later compares the logs. On the wire: schema/log-checkpoints.ts. */
import type { Sql } from '../database.ts';
import { CheckpointError, parseCheckpoint, type Verifier, verifyCheckpoint } from './checkpoint.ts';

/**
 * What became of another service's checkpoint: `forked` when the log has signed two states of one size, which are both kept as evidence; `older`
 * ones and those of logs whose key is not known are not kept.
 */
export type Witnessed = 'kept' | 'known' | 'older' | 'forked' | 'refused';

/** The newest signed checkpoint of the service's own log; undefined before the first. */
export async function latestCheckpoint(sql: Sql): Promise<string | undefined> {
  const [row] = await sql.query<{ note: string }>('SELECT note FROM access_checkpoint ORDER BY size DESC LIMIT 1');
  return row?.note;
}

/** Keeps another log's checkpoint if its signature is good under the log's key among `logs`, and it is newer than what is kept. Never throws for a bad note. */
export async function keepWitnessed(sql: Sql, note: string, logs: readonly Verifier[]): Promise<Witnessed> {
  const checkpoint = verified(note, logs);
  if (checkpoint === undefined) return 'refused';
  const { origin, size, root } = checkpoint;
  const [kept] = await sql.query<{ size: string; root: string }>(
    `SELECT size::text, encode(root, 'hex') AS root FROM witnessed_checkpoint WHERE log = $1 ORDER BY size DESC, (root = decode($2, 'hex')) DESC LIMIT 1`,
    [origin, root.toString('hex')],
  );
  if (kept !== undefined && size < Number(kept.size)) return 'older';
  if (kept?.size === String(size) && kept.root === root.toString('hex')) return 'known';
  await sql.query("INSERT INTO witnessed_checkpoint (log, size, root, note) VALUES ($1, $2, decode($3, 'hex'), $4) ON CONFLICT DO NOTHING", [
    origin,
    size,
    root.toString('hex'),
    note,
  ]);
  return kept?.size === String(size) ? 'forked' : 'kept';
}

/** Keeps checkpoints of `logs`, and asks no database about those that this process has kept already: headers come with every request, and change once a minute. */
export function openWitness(logs: readonly Verifier[]) {
  const seen = new Map<string, string>();
  return {
    /** @returns what became of each. Rejects when the database could not keep one, which then does not count as seen. */
    async take(sql: Sql, notes: readonly string[]): Promise<Witnessed[]> {
      const results: Witnessed[] = [];
      for (const note of notes) {
        const origin = note.slice(0, note.indexOf('\n'));
        const result = seen.get(origin) === note ? 'known' : await keepWitnessed(sql, note, logs);
        if (result !== 'refused') seen.set(origin, note);
        results.push(result);
      }
      return results;
    },
  };
}

function verified(note: string, logs: readonly Verifier[]) {
  try {
    const log = logs.find(({ name }) => name === parseCheckpoint(note).origin);
    return log && verifyCheckpoint(note, log);
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}
