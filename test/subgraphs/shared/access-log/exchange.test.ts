import Fastify from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicHalf } from '#schema/hop-token.ts';
import { fromHeader, LOG_CHECKPOINT_HEADER, LOG_WITNESS_HEADER, logOrigin, toHeader } from '#schema/log-checkpoints.ts';
import { signCheckpoint } from '#shared/access-log/checkpoint.ts';
import { exchangeCheckpoints } from '#shared/access-log/exchange.ts';
import { type AdminDatabase, FOREIGN_KEY, LOG_KEY, openAdmin } from '../../../testkit/access-log.ts';
import { type ScratchDatabases, scratchDatabases } from '../../../testkit/stack.ts';

const LOG = { name: logOrigin('calls'), key: publicHalf(LOG_KEY) };
const note = (size: number, key = LOG_KEY, fill = 1) => signCheckpoint({ origin: LOG.name, size, root: Buffer.alloc(32, fill) }, key);

let scratch: ScratchDatabases;
let database: AdminDatabase;
beforeAll(async () => {
  scratch = await scratchDatabases();
  database = await openAdmin('victims', scratch.env);
});
afterAll(async () => {
  await database?.close();
  await scratch?.drop();
});

/** A server that lets requests in or not, and what it logs. */
function serve(letIn: boolean, newest?: string) {
  const app = Fastify();
  const lines: { msg: string }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  if (!letIn) app.addHook('onRequest', (_, reply) => reply.code(401).send());
  exchangeCheckpoints(app, '/graphql', { newest: () => newest, sql: database.sql, witnessed: [LOG], log });
  for (const url of ['/graphql', '/other']) app.post(url, () => ({}));
  return { app, lines };
}
const kept = async () =>
  (await database.sql.query<{ size: number }>('SELECT size::int AS size FROM witnessed_checkpoint ORDER BY size')).map(({ size }) => size);

it('gives answers the newest checkpoint, and keeps what others have signed', async () => {
  const { app, lines } = serve(true, note(7));
  const post = (...notes: string[]) => app.inject({ method: 'POST', url: '/graphql', headers: { [LOG_WITNESS_HEADER]: notes.map(toHeader).join(',') } });
  const { headers } = await post(note(3), note(4));
  expect(fromHeader(String(headers[LOG_CHECKPOINT_HEADER]))).toEqual([note(7)]);
  await expect.poll(kept).toEqual([3, 4]);
  expect(lines).toEqual([]);
  await Promise.all([post(note(4, LOG_KEY, 2)), post(note(5))]);
  await expect.poll(() => lines.map(({ msg }) => msg)).toEqual([expect.stringContaining('it was forked')]);
  await expect.poll(kept).toEqual([3, 4, 4, 5]);
  await app.close();
});

it('tells nothing to whoever was not let in, and MUST NOT keep what comes from there (AUD-22)', async () => {
  const before = await kept();
  const refusing = serve(false, note(7));
  const headers = { [LOG_WITNESS_HEADER]: toHeader(note(90)) };
  expect((await refusing.app.inject({ method: 'POST', url: '/graphql', headers })).headers).not.toHaveProperty(LOG_CHECKPOINT_HEADER);
  const { app, lines } = serve(true, note(7));
  expect((await app.inject({ method: 'POST', url: '/other', headers })).headers).not.toHaveProperty(LOG_CHECKPOINT_HEADER);
  await app.inject({ method: 'POST', url: '/graphql', headers: { [LOG_WITNESS_HEADER]: toHeader(note(91, FOREIGN_KEY)) } });
  await expect.poll(() => lines.map(({ msg }) => msg)).toEqual([expect.stringContaining('was not kept')]);
  await refusing.app.close();
  await app.close();
  expect(await kept()).toEqual(before);
});
