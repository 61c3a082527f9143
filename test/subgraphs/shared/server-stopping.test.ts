import { Agent, type ClientRequest, request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentKey } from '#schema/development-keys.ts';
import { hopHeaders } from '../../testkit/hop.ts';
import { dataFolderOf } from '../../testkit/tokens.ts';
import { ENGINE, type Service, SUBGRAPHS, scratchDatabases, startService } from '../../testkit/stack.ts';
import { databaseUrl } from '../../testkit/tables.ts';

/** What is left of two seconds for whoever gave the signal. */
const SOON = 2_000;

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
beforeAll(async () => {
  scratch = await scratchDatabases('tables');
});
afterAll(() => scratch?.drop());

const start = (name: string) =>
  startService(`subgraphs/${name}/main.ts`, { ...process.env, ...scratch.env, [`${name.toUpperCase()}_PORT`]: '0', DEMO_RECORDS: 'false' });

/** A request whose head the service has taken, and whose body it waits for. */
interface Underway {
  readonly sent: ClientRequest;
  readonly answer: Promise<{ status: number | undefined; connection: string | undefined; body: string }>;
}

/** Sends the head of a request, over a connection that is kept alive as the gateway's are, and waits until the service has taken it. */
async function begin(service: Service, body: string, agent: Agent): Promise<Underway> {
  const subgraph = /^subgraphs\/(\w+)\//.exec(service.script)?.[1] ?? '';
  const identity = await hopHeaders(developmentKey(dataFolderOf(service.env), 'gateway'), subgraph, body);
  const headers = { ...identity, 'content-length': Buffer.byteLength(body), expect: '100-continue' };
  const sent = request(service.url, { method: 'POST', agent, headers });
  const answer = new Promise<Awaited<Underway['answer']>>((done, fail) => {
    sent.once('error', fail);
    sent.once('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      done({ status: response.statusCode, connection: response.headers.connection, body: text });
    });
  });
  answer.catch(() => undefined);
  sent.flushHeaders();
  await new Promise((taken) => sent.once('continue', taken));
  return { sent, answer };
}

/**
 * Gives the signal; when the service says that it stops, `meanwhile` happens. @returns its exit code, and whether it was gone soon: counted from
 * when it took the signal, which a busy machine delivers late.
 */
async function stop(service: Service, signal: NodeJS.Signals, meanwhile: () => void = () => undefined) {
  const ended = service.stop(signal);
  const stopping = () => service.log.find(({ phase }) => phase === 'stopping');
  await expect.poll(stopping, { timeout: 10_000, interval: 10 }).toBeDefined();
  meanwhile();
  const code = await ended;
  return { code, soon: Date.now() - Number(stopping()?.['time']) < SOON };
}

const CLEAN = { code: 0, soon: true };
const QUESTION = JSON.stringify({ query: '{ __typename }' });

describe.each(SUBGRAPHS)(`the subgraph %s, stopped on ${ENGINE}`, (name) => {
  it('ends in order and soon, answers the request under way, and takes no other', async () => {
    const service = await start(name);
    const agent = new Agent({ keepAlive: true });
    try {
      const idle = await begin(service, QUESTION, agent);
      idle.sent.end(QUESTION);
      expect(await idle.answer).toMatchObject({ status: 200, connection: 'keep-alive' });

      const underway = await begin(service, QUESTION, agent);
      let late: Promise<unknown> | undefined;
      const ended = await stop(service, 'SIGTERM', () => {
        late = fetch(new URL('/health/ready', service.url));
        late.then(
          () => underway.sent.end(QUESTION),
          () => underway.sent.end(QUESTION),
        );
      });
      expect(await underway.answer).toEqual({ status: 200, connection: 'close', body: '{"data":{"__typename":"Query"}}' });
      await expect(late, 'nobody listens any more').rejects.toThrow('fetch failed');
      expect(ended).toEqual(CLEAN);
      expect(service.log.filter(({ level }) => Number(level) > 30)).toEqual([]);
    } finally {
      agent.destroy();
      await service.stop('SIGKILL');
    }
  });
});

describe(`a subgraph that is stopped on ${ENGINE}`, () => {
  it('does not wait for a request that never ends, nor does a second signal confuse it', async () => {
    const service = await start('calls');
    const agent = new Agent({ keepAlive: true });
    try {
      const { answer } = await begin(service, QUESTION, agent);
      expect(await stop(service, 'SIGINT', () => service.process.kill('SIGINT'))).toEqual(CLEAN);
      await expect(answer).rejects.toThrow();
    } finally {
      agent.destroy();
      await service.stop('SIGKILL');
    }
  });

  it.runIf(ENGINE === 'postgresql')('does not wait for a statement that waits for a lock', async () => {
    const service = await start('calls');
    const agent = new Agent({ keepAlive: true });
    const client = new pg.Client({ connectionString: databaseUrl('calls', scratch.env) });
    await client.connect();
    try {
      await client.query('BEGIN; LOCK TABLE call IN ACCESS EXCLUSIVE MODE');
      const question = JSON.stringify({ query: '{ call(id: "00000000-0000-4000-8000-000000000000") { id } }' });
      const { sent, answer } = await begin(service, question, agent);
      sent.end(question);
      expect(await stop(service, 'SIGTERM')).toEqual(CLEAN);
      await expect(answer).rejects.toThrow();
    } finally {
      agent.destroy();
      await client.end();
      await service.stop('SIGKILL');
    }
  });

  it('goes with the process that started it', async () => {
    const service = await start('calls');
    service.process.disconnect();
    // A signal that does nothing: only its end is waited for.
    expect(await service.stop('SIGCONT')).toBe(0);
    expect(service.log.at(-1)).toMatchObject({ phase: 'stopping' });
  });
});
