import { hash } from 'node:crypto';
import { clientError } from '#schema/errors.ts';
import type { RecordKind } from '#schema/record-kinds.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import { canonical } from '../canonical.ts';
import type { Database, Sql } from '../database.ts';
import { recordId } from '../record-id.ts';
import type { Row } from '../records.ts';
import { type Act, type ActInput, type Acting, type Admission, type Deed, lockRecord, type UserError, userError } from './act.ts';
import { changesBetween } from './changes.ts';
import { checkActInput, isLine } from './checks.ts';
import { checkAgency } from './dimensions.ts';
import type { Failpoints } from './failpoints.ts';
import { type TimeLimit, UNLIMITED } from '../time-limit.ts';

/** What a mutation answers. */
export interface Payload {
  readonly clientMutationId: string;
  /** The record as the act left it; with CONFLICT as it is; otherwise null. */
  readonly record: Row | null;
  readonly userErrors: readonly UserError[];
}

/** What acts need of the service that they are done in. */
export interface ActParts extends Admission {
  readonly database: Database;
  readonly recordIdKey: string;
  readonly failpoints: Failpoints;
  /** Writes the act, and the record that it answers with, into the access log. */
  readonly recordAct: (sql: Sql, act: string, record: Row | null) => Promise<unknown>;
  /** How long the act may take. Its signal is not heeded: who has asked for an act may leave, and it is done. */
  readonly limit?: TimeLimit | undefined;
  /** Told of every statement. */
  readonly onStatement: () => void;
}

/** Failures after which the same transaction may well succeed: two locked each other out, and the database chose this one to give way. */
const TRY_AGAIN = ['40P01', '40001'];
const TRIES = 5;

/**
 * Failures after which nobody here knows whether the act was done: the connection went (SQLSTATE class 08, a shutdown, or what the network
 * said), or another had what it needed for too long, or its time was up.
 */
const UNCERTAIN = /^(08...|57P0.|55P03|57014|ECONN.*|EPIPE|ETIMEDOUT)$/;

/** How long an act waits for another, an import for example: less than the gateway waits for it. Whoever waits holds a connection. */
const LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'";

/** PGlite is cleared up after this many acts. */
const CLEAR_UP_EVERY = 250;
const done = new WeakMap<Database, number>();

/**
 * Does an act, once for each key: record, event and answer are written in one transaction, so that after a crash either all of it has
 * happened or nothing. Asked again with the same key, now or at any later time and on any replica, it gives the answer that it gave.
 * @throws FORBIDDEN to a caller who acts for no agency, or is not known to it
 */
export async function perform(name: string, act: Act, input: ActInput, parts: ActParts): Promise<Payload> {
  const { clientMutationId } = input;
  const actor = actorOf(parts);
  const faults = [...checkActInput(input), ...act.check(input)];
  if (faults.length > 0) return { clientMutationId, record: null, userErrors: faults };
  // Before the transaction, which sees as far as its caller does when it begins: passes are shown here.
  const refusals = act.admit?.(input, parts) ?? [];
  const answer = await inTransaction(parts, async (sql) => {
    const given = await performOnce(name, act, input, sql, { ...parts, actor, refusals });
    // Last, since from here on every other access waits; and in this transaction: there is no act without its entry.
    await parts.recordAct(sql, name, given.record);
    return given;
  });
  parts.failpoints.reach('committed');
  await clearUpNowAndThen(parts.database);
  return { clientMutationId, ...answer };
}

/** What is kept of an act for whoever asks again. */
type Answer = Omit<Payload, 'clientMutationId'>;

/** Who acts, as the events tell it: the person under the name that the agency knows. */
interface Actor {
  readonly agency: string;
  readonly subject: string;
}

function actorOf({ caller: { agency, subject } }: Admission): Actor {
  // What cannot be an id, or a name, PostgreSQL may refuse to hold (a NUL).
  if (agency !== null && isDimensionId(agency) && subject !== null && isLine(subject)) return { agency, subject };
  const vi = 'Chỉ cán bộ của một cơ quan được thực hiện.';
  throw clientError('FORBIDDEN', `${vi} · Expected a caller who acts for an agency: a token with a subject and an agency.`);
}

interface OnceParts extends ActParts {
  readonly actor: Actor;
  /** What was said against the act before anything was read. */
  readonly refusals: readonly UserError[];
}

async function performOnce(name: string, act: Act, input: ActInput, sql: Sql, parts: OnceParts): Promise<Answer> {
  const { clientMutationId } = input;
  const { agency, subject } = parts.actor;
  const deed = Object.fromEntries(Object.entries(input).filter(([argument]) => !act.proofs?.includes(argument)));
  const { sealDigest, sealFields } = parts.database.foreignIds;
  const inputHash = sealDigest(hash('sha256', canonical({ ...deed, subject }, act.nullSays ?? false), 'hex'));
  const key: Key = { agency, clientMutationId, name, inputHash };
  // What was done with a pass that has run out since was done.
  if (parts.refusals.length > 0) return (await answerOf(sql, key)) ?? refused(parts.refusals);
  // Whoever has the key first holds up the others until it is done; they then find its answer.
  const [claimed] = await sql.query<{ at: Date }>(
    'INSERT INTO act (agency, key, name, input_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING at',
    [agency, clientMutationId, name, key.inputHash],
  );
  if (claimed === undefined) return (await answerOf(sql, key)) ?? refused([keyReused()]);
  parts.failpoints.reach('claimed');
  const acting: Acting = {
    sql,
    now: new Date(claimed.at),
    agency,
    reach: parts.reach,
    newId: (kind: RecordKind) => recordId(parts.recordIdKey, kind, 'act', canonical([agency, clientMutationId], false)),
  };
  const answer: Answer = await carryOut(name, act, input, acting, parts);
  parts.failpoints.reach('written');
  await sql.query('UPDATE act SET answer = $3 WHERE agency = $1 AND key = $2', [agency, clientMutationId, JSON.stringify(sealFields(answer))]);
  parts.failpoints.reach('recorded');
  return answer;
}

/** Under what an act is done once. */
interface Key {
  readonly agency: string;
  readonly clientMutationId: string;
  readonly name: string;
  readonly inputHash: string;
}

/** The answer that was given to the key, where the act has been done. */
async function answerOf(sql: Sql, { agency, clientMutationId, name, inputHash }: Key): Promise<Answer | undefined> {
  const [given] = await sql.query<{ name: string; inputHash: string; answer: Answer }>(
    `SELECT name, input_hash AS "inputHash", answer FROM act WHERE agency = $1 AND key = $2`,
    [agency, clientMutationId],
  );
  return given?.name === name && given.inputHash === inputHash ? given.answer : undefined;
}

function keyReused(): UserError {
  const vi = 'Khoá này đã được dùng cho một thao tác khác; mỗi thao tác cần một clientMutationId mới.';
  const en = 'This key was used for another act or other input; expected a new clientMutationId for every act.';
  return userError('KEY_REUSED', 'clientMutationId', vi, en);
}

async function carryOut(name: string, act: Act, input: ActInput, begun: Acting, { actor, failpoints, database }: OnceParts): Promise<Answer> {
  const { sql } = begun;
  const unknown = await checkAgency(sql, [], actor.agency);
  if (unknown.length > 0) return refused(unknown);
  const record = act.id === undefined ? null : await lock(act, act.id(input), begun);
  failpoints.reach('locked');
  // Whoever had to wait for the record acts after whoever it waited for.
  const acting = record === null ? begun : { ...begun, now: await readClock(sql) };
  if (record !== null) {
    const forbidden = (await act.permit?.(record, input, acting)) ?? [];
    if (forbidden.length > 0) return refused(forbidden);
    if (typeof input.ifVersion === 'number' && input.ifVersion !== record['version']) return { record, userErrors: [conflict(input.ifVersion, record)] };
  }
  const deed = await act.decide(record, input, acting);
  if (isRefusal(deed)) return refused(deed);
  const written = await deed.write(sql);
  // An act on one record may make another, as redirecting does.
  const before = record?.['id'] === written['id'] ? record : null;
  await sql.query('INSERT INTO record_event (kind, record_id, act, state, at, agency, actor, changes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
    act.on.kind,
    written['id'],
    name,
    deed.state ?? null,
    deed.at,
    actor.agency,
    actor.subject,
    JSON.stringify(database.foreignIds.sealFields(deed.changes ?? changesBetween(before, written, act.on.fields, deed.reason))),
  ]);
  return { record: written, userErrors: [] };
}

async function lock(act: Act, id: string, acting: Acting): Promise<Row | null> {
  await act.lockFirst?.(acting.sql, id);
  return lockRecord(act.on, id, acting);
}

async function readClock(sql: Sql): Promise<Date> {
  const [clock] = await sql.query<{ now: string }>('SELECT clock_timestamp() AS now');
  if (clock === undefined) throw new Error('expected a moment');
  return new Date(clock.now);
}

function isRefusal(deed: Deed | readonly UserError[]): deed is readonly UserError[] {
  return Array.isArray(deed);
}

function refused(userErrors: readonly UserError[]): Answer {
  return { record: null, userErrors };
}

function conflict(expected: number, record: Row): UserError {
  const version = record['version'];
  return userError(
    'CONFLICT',
    'ifVersion',
    `Hồ sơ đã được thay đổi: đang ở phiên bản ${version}, không phải ${expected}.`,
    `The record was changed meanwhile: expected version ${expected}, it is at ${version}. Look at it and act again with its version.`,
  );
}

async function inTransaction<T>({ database, reach, limit = UNLIMITED, onStatement }: ActParts, work: (sql: Sql) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await database.acting(
        () => reach,
        async (sql) => {
          const counted: Sql = {
            query: (statement, parameters) => {
              onStatement();
              return sql.query(statement, parameters);
            },
          };
          await counted.query(LOCK_TIMEOUT);
          return work(counted);
        },
        { remaining: limit.remaining },
      );
    } catch (error) {
      if (tries < TRIES && TRY_AGAIN.includes(codeOf(error))) continue;
      throw UNCERTAIN.test(codeOf(error)) || LOST.test(String(error)) ? uncertain(error) : error;
    }
  }
}

/** What the driver says of a connection that is gone, without a code. */
const LOST = /Connection terminated|connection is closed|Client has encountered a connection error|not queryable/i;

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

/** Asking again with the same key is right whether the act was done or not; whoever acts anew might do it twice. */
function uncertain(cause: unknown): Error {
  const vi = 'Không rõ thao tác đã được thực hiện hay chưa: hãy gửi lại với cùng clientMutationId.';
  return clientError('ACT_UNCERTAIN', `${vi} · It is not known whether the act was done: send it again with the same clientMutationId.`, {}, cause);
}

async function clearUpNowAndThen(database: Database): Promise<void> {
  const count = (done.get(database) ?? 0) + 1;
  done.set(database, count);
  if (count % CLEAR_UP_EVERY === 0) await database.clearUp();
}
