import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientError } from '#schema/errors.ts';
import { DEADLINE_HEADER } from '#schema/identity.ts';
import type { Sql } from './database.ts';

/** How long statements may take. */
export interface TimeLimit {
  /** Milliseconds that are left; without end where nobody said. */
  remaining(): number;
  /** Aborted when nobody waits any more: no statement begins then, and the one under way is cancelled where the engine can. */
  readonly signal?: AbortSignal;
}

export const UNLIMITED: TimeLimit = { remaining: () => Number.POSITIVE_INFINITY };

/** PostgreSQL's code for a statement that took too long, or was cancelled. */
const QUERY_CANCELED = '57014';
/** The longest that a deadline may be away; in milliseconds. */
const LONGEST = 600_000;

/** The time was up before a statement began; told as PostgreSQL tells it of one under way. */
export class TimeIsUp extends Error {
  readonly code = QUERY_CANCELED;
}

/** The limit that the gateway sets a request: what is left of the client's operation, and until the gateway gives it up. */
export function timeLimitOf(request: FastifyRequest, reply: FastifyReply): TimeLimit {
  const text = String(request.headers[DEADLINE_HEADER] ?? '');
  const milliseconds = /^\d{1,9}$/.test(text) ? Math.min(Number(text), LONGEST) : Number.POSITIVE_INFINITY;
  const end = performance.now() + milliseconds;
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return { remaining: () => end - performance.now(), signal: controller.signal };
}

/** @throws TimeIsUp */
export function checkTime({ remaining, signal }: TimeLimit): void {
  if (signal?.aborted) throw new TimeIsUp('nobody waits for the statement any more');
  if (remaining() <= 0) throw new TimeIsUp('the time was up before the statement began');
}

/** The same, as long as there is time. */
export function inTime(sql: Sql, limit: TimeLimit): Sql {
  return {
    query: async (statement, parameters) => {
      checkTime(limit);
      return sql.query(statement, parameters);
    },
  };
}

/** What begins a transaction of which no statement takes longer than what is left now; nothing where there is no limit. */
export function timeoutStatement({ remaining }: TimeLimit): string {
  const left = remaining();
  return Number.isFinite(left) ? `SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(left))}; ` : '';
}

/** @throws SUBGRAPH_TIMEOUT in place of a read that there was no time for; else the error itself */
export function explainTime(error: unknown): never {
  if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
  const vi = 'Dịch vụ của một cơ quan không trả lời kịp: phần số liệu của dịch vụ này bị thiếu.';
  throw clientError('SUBGRAPH_TIMEOUT', `${vi} · A ministry's service did not answer in time: its part is missing.`, {}, error);
}
