import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { fromHeader, LOG_CHECKPOINT_HEADER, LOG_WITNESS_HEADER, toHeader } from '#schema/log-checkpoints.ts';
import type { Sql } from '../database.ts';
import type { Verifier } from './checkpoint.ts';
import { openWitness } from './witness.ts';

/** What the exchange is made of. */
export interface ExchangeParts {
  /** The newest checkpoint of the service's own log. */
  readonly newest: () => string | undefined;
  /** Where others' are kept. */
  readonly sql: Sql;
  /** The other services' logs. */
  readonly witnessed: readonly Verifier[];
  readonly log: Logger;
}

/**
 * Gives every answer at `path` the newest checkpoint of the service's own log, and keeps those of others that requests bring, once they were let
 * in and answered: no answer waits for it, and none fails by it.
 */
export function exchangeCheckpoints(app: FastifyInstance, path: string, { newest, sql, witnessed, log }: ExchangeParts): void {
  const witness = openWitness(witnessed);
  let keeping = Promise.resolve();
  const keep = async (notes: readonly string[]) => {
    try {
      const results = await witness.take(sql, notes);
      if (results.includes('forked')) log.error({ notes }, 'an access log has two signed states of one size: it was forked; have its service audited');
      if (results.includes('refused')) log.warn('a checkpoint of an access log was not kept: its signature is not of a key that is known here');
    } catch (error) {
      log.warn({ err: error }, 'checkpoints of other access logs could not be kept');
    }
  };
  app.addHook('onSend', async (request, reply) => {
    const note = request.url === path && reply.statusCode === 200 ? newest() : undefined;
    if (note !== undefined) reply.header(LOG_CHECKPOINT_HEADER, toHeader(note));
  });
  app.addHook('onResponse', async (request, reply) => {
    const header = request.headers[LOG_WITNESS_HEADER];
    // One after the other, and none left out: what was answered does not come again.
    if (header !== undefined && request.url === path && reply.statusCode === 200) keeping = keeping.then(() => keep(fromHeader(header)));
  });
  app.addHook('onClose', async () => keeping);
}
