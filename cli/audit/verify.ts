import { CheckpointError, cosignedAt, type Verifier, verifyCheckpoint } from '#shared/access-log/checkpoint.ts';
import { appendLeaf, EMPTY, type Frontier, leafHash, packFrontier, rootOf } from '#shared/access-log/merkle.ts';
import type { Sql } from '#shared/database.ts';
import type { Source } from './source.ts';

/** What an audit is made of. */
export interface Audit {
  readonly log: Verifier;
  readonly source: Source;
  /** Databases of other services. */
  readonly witnesses: readonly Source[];
  /** Signed checkpoints that somebody kept, and who. */
  readonly kept: readonly { readonly by: string; readonly note: string }[];
  readonly onProblem: (problem: string) => void;
  readonly onProgress: (entries: number, of: number) => void;
}

/** What an audit found, besides problems. */
export interface AuditResult {
  readonly problems: number;
  readonly entries: number;
  /** How many entries the newest good checkpoint of the log itself stands for. */
  readonly signed: number;
  readonly checkpoints: number;
  /** How many checkpoints were compared that others had kept. */
  readonly witnessed: number;
}

/** A checkpoint that the log is held against. */
interface Held {
  readonly by: string;
  readonly size: number;
  readonly root: Buffer;
}

interface EntryRow {
  readonly seq: string;
  readonly entry: string;
  readonly leaf: Uint8Array;
  readonly columns: Readonly<Record<string, unknown>>;
}

interface CheckpointRow {
  readonly size: string;
  readonly root: Uint8Array;
  readonly note: string;
  readonly at: string;
}

/** Entries read at once. */
const BATCH = 2_000;
/** A running service signs every minute; entries further apart that are not signed were not left so by it. Milliseconds. */
const UNSIGNED_AT_MOST = 10 * 60_000;

const MOMENT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/**
 * Holds a log against itself, the tree, every checkpoint that it signed, and those that others have kept. Reads entries in their order and keeps
 * no more of them than a batch.
 */
export async function verifyLog({ log, source, witnesses, kept, onProblem, onProgress }: Audit): Promise<AuditResult> {
  let problems = 0;
  const problem = (text: string) => {
    problems += 1;
    onProblem(text);
  };
  const held = [
    ...(await ownCheckpoints(source.sql, log, problem)),
    ...(await Promise.all(witnesses.map((witness) => witnessedCheckpoints(witness, log, problem)))).flat(),
    ...keptCheckpoints(kept, log, problem),
  ].sort((a, b) => a.size - b.size);
  const walk = await walkEntries(source.sql, held, problem, onProgress);
  await compareTree(source.sql, walk.frontier, problem);
  for (const { by, size } of held.filter(({ size }) => size > walk.frontier.size)) {
    problem(`the log has ${walk.frontier.size} entries; ${by} has a checkpoint of ${size}: entries were cut off, or a backup restored`);
  }
  const own = held.filter(({ by }) => by === OWN);
  const signed = own.at(-1)?.size ?? 0;
  if (walk.frontier.size > 0 && own.length === 0) problem('no good checkpoint: nothing of the log is signed');
  else await compareUnsigned(source.sql, signed, problem);
  return { problems, entries: walk.frontier.size, signed, checkpoints: own.length, witnessed: held.length - own.length };
}

const OWN = 'the log itself';

async function ownCheckpoints(sql: Sql, log: Verifier, problem: (text: string) => void): Promise<Held[]> {
  const rows = await sql.query<CheckpointRow>(
    `SELECT size::text, root, note, to_char(at AT TIME ZONE 'UTC', ${MOMENT}) AS at FROM access_checkpoint ORDER BY access_checkpoint.size`,
  );
  return rows.flatMap((row) => {
    const good = readHeld(row, OWN, log, problem);
    if (good === undefined) return [];
    const signedAt = cosignedAt(row.note, log)?.toISOString().replace('Z', '000Z');
    if (signedAt !== row.at) problem(`checkpoint of ${row.size} entries: the column says ${row.at}, its signature ${signedAt ?? 'no moment'}`);
    return [good];
  });
}

async function witnessedCheckpoints(witness: Source, log: Verifier, problem: (text: string) => void): Promise<Held[]> {
  const rows = await witness.sql.query<CheckpointRow>(
    "SELECT size::text, root, note, '' AS at FROM witnessed_checkpoint WHERE log = $1 ORDER BY witnessed_checkpoint.size",
    [log.name],
  );
  return rows.flatMap((row) => readHeld(row, witness.name, log, problem) ?? []);
}

function keptCheckpoints(kept: Audit['kept'], log: Verifier, problem: (text: string) => void): Held[] {
  return kept.flatMap(({ by, note }) => {
    if (!note.startsWith(`${log.name}\n`)) return [];
    try {
      return [{ by, ...verifyCheckpoint(note, log) }];
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      problem(`checkpoint in ${by}: ${error.message}`);
      return [];
    }
  });
}

function readHeld(row: CheckpointRow, by: string, log: Verifier, problem: (text: string) => void): Held | undefined {
  const where = `checkpoint of ${row.size} entries in ${by === OWN ? 'access_checkpoint' : by}`;
  try {
    const { size, root } = verifyCheckpoint(row.note, log);
    if (String(size) !== row.size || !root.equals(row.root)) problem(`${where}: the columns are not what the signed note says (${size} entries)`);
    return { by, size, root };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    problem(`${where}: ${error.message}`);
    return undefined;
  }
}

/** Recomputes the tree from the entries' texts, and compares what stands beside them. */
async function walkEntries(
  sql: Sql,
  held: readonly Held[],
  problem: (text: string) => void,
  onProgress: Audit['onProgress'],
): Promise<{ readonly frontier: Frontier }> {
  const [count] = await sql.query<{ n: string }>('SELECT count(*)::text AS n FROM access_log');
  const total = Number(count?.n ?? 0);
  let frontier = EMPTY;
  let expected = 0;
  let last: string | undefined;
  let next = 0;
  let good = 0;
  let told = false;
  const compareCheckpoints = () => {
    for (let at = held[next]; at !== undefined && at.size <= frontier.size; next += 1, at = held[next]) {
      if (at.root.equals(rootOf(frontier))) good = at.size;
      else if (!told || at.by !== OWN) {
        told = true;
        problem(
          `${at.by} has a signed checkpoint of ${at.size} entries with another root: something between entries ${good} and ${at.size - 1} is not as it was`,
        );
      }
    }
  };
  compareCheckpoints();
  for (;;) {
    const rows = await sql.query<EntryRow>(
      `SELECT seq::text, entry, leaf, jsonb_build_object('at', to_char(at AT TIME ZONE 'UTC', ${MOMENT}), 'subject', subject, 'agency', agency,
         'purpose', purpose, 'operationHash', operation_hash, 'operationName', operation_name, 'requestId', request_id, 'kind', kind, 'records', records) AS columns
       FROM access_log WHERE $1::bigint IS NULL OR access_log.seq > $1 ORDER BY access_log.seq LIMIT ${BATCH}`,
      [last ?? null],
    );
    for (const row of rows) {
      const seq = Number(row.seq);
      if (seq > expected) problem(`${seq - expected === 1 ? `entry ${expected} is` : `entries ${expected} to ${seq - 1} are`} missing`);
      if (seq < expected) problem(`entry ${seq}: the number does not fit its place`);
      expected = Math.max(expected, seq + 1);
      const leaf = leafHash(row.entry);
      if (!leaf.equals(row.leaf)) problem(`entry ${seq}: its text is not that of its leaf hash`);
      const differing = differingColumns(row);
      if (differing.length > 0) problem(`entry ${seq}: column ${differing.join(', ')} is not what the entry says`);
      frontier = appendLeaf(frontier, leaf);
      compareCheckpoints();
    }
    onProgress(frontier.size, total);
    last = rows.at(-1)?.seq;
    if (rows.length < BATCH || last === undefined) break;
  }
  if (frontier.size !== total) problem(`${total} entries were counted, and ${frontier.size} read: numbers are there twice`);
  return { frontier };
}

function differingColumns({ entry, columns }: EntryRow): string[] {
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(entry);
  } catch {
    return ['entry'];
  }
  const at = String(said['at']).replace('Z', '000Z');
  return Object.entries(columns).flatMap(([name, value]) => (JSON.stringify(value) === JSON.stringify(name === 'at' ? at : said[name]) ? [] : [name]));
}

async function compareTree(sql: Sql, frontier: Frontier, problem: (text: string) => void): Promise<void> {
  const rows = await sql.query<{ size: string; frontier: Uint8Array }>('SELECT size::text, frontier FROM access_tree');
  const [tree] = rows;
  if (tree === undefined || rows.length > 1) return problem(`access_tree: expected one row, got ${rows.length}`);
  if (Number(tree.size) !== frontier.size) problem(`access_tree says ${tree.size} entries; the log has ${frontier.size}`);
  if (!packFrontier(frontier).equals(tree.frontier)) problem('access_tree does not have the hashes that the entries make');
}

/** Entries that no checkpoint stands for are only the newest ones. */
async function compareUnsigned(sql: Sql, signed: number, problem: (text: string) => void): Promise<void> {
  const [span] = await sql.query<{ first: string | null; milliseconds: string | null }>(
    'SELECT min(seq)::text AS first, (1000 * extract(epoch FROM max(at) - min(at)))::text AS milliseconds FROM access_log WHERE seq >= $1',
    [signed],
  );
  if (Number(span?.milliseconds ?? 0) > UNSIGNED_AT_MOST) {
    problem(`entries from ${span?.first} on have no checkpoint, for more than ${UNSIGNED_AT_MOST / 60_000} minutes: a service that runs signs every minute`);
  }
}
