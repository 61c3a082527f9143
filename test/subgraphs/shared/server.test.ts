import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REQUEST_ID_HEADER } from '#schema/identity.ts';
import type { Database } from '#shared/database.ts';
import { buildServer } from '#shared/server.ts';
import { subgraph } from '../../../subgraphs/calls/main.ts';
import { type Answer, ENGINE, scratchDatabases } from '../../testkit/stack.ts';
import { GATEWAY_KEY, GATEWAY_PUBLIC_KEY, GRANTED_ALL, hopHeaders } from '../../testkit/hop.ts';
import { openTables } from '../../testkit/tables.ts';

const IDS = Array.from({ length: 40 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
let database: Database;
let app: FastifyInstance;
let url: string;
let ready = true;
/** What the next statement meets instead of the database. */
let failure: Error | undefined;
let log: Record<string, unknown>[] = [];

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  database = await openTables('calls', scratch.env);
  await database.query(
    `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel)
     SELECT id, 's', n, '2021-01-31T17:00:00Z', 'REFERRAL', '{LEGAL}', 'PUBLIC', 'MALE', 'UNKNOWN', 'PHONE' FROM unnest($1::uuid[]) WITH ORDINALITY i (id, n)`,
    [IDS.slice(0, 30)],
  );
  const as: Database['as'] = (reach) => {
    const own = database.as(reach);
    return {
      query: async (statement, parameters) => {
        if (failure) throw failure;
        return own.query(statement, parameters);
      },
    };
  };
  app = await buildServer(subgraph as never, {
    typeDefs: readFileSync(join(subgraph.folder, 'schema.graphql'), 'utf8'),
    database: { ...database, as },
    log: pino({ name: 'calls' }, { write: (line) => void log.push(JSON.parse(line)) }),
    recordIdKey: 'a key of sixteen characters or more',
    failpoints: {},
    settings: {},
    gatewayKeys: [GATEWAY_PUBLIC_KEY],
    grantedTo: GRANTED_ALL,
    append: async () => undefined,
    ready: () => ready,
  });
  url = await app.listen({ port: 0 });
});
afterEach(() => {
  ready = true;
  failure = undefined;
  log = [];
});
afterAll(async () => {
  await app?.close();
  await database?.close();
  await scratch?.drop();
});

async function post(body: string | Record<string, unknown>, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { ...(await hopHeaders(GATEWAY_KEY, 'calls', text)), ...headers }, body: text });
  return { status: response.status, answer: (await response.json()) as Answer };
}

/** Asks for entities as the gateway does. */
const entities = (representations: object[], select: string, headers: Record<string, string> = {}) =>
  post({ query: `query ($r: [_Any!]!) { _entities(representations: $r) { ${select} } }`, variables: { r: representations } }, headers);

const calls = (ids: readonly string[]) => ids.map((id) => ({ __typename: 'Call', id }));
const cells = (...ids: string[]) => ids.map((id) => ({ __typename: 'StatisticsCell', id }));
const TOTAL = '... on StatisticsCell { calls { total } }';

/** The log line about the request that ended last. */
async function requestLine(): Promise<Record<string, unknown>> {
  await expect.poll(() => log.some(({ msg }) => msg === 'request')).toBe(true);
  return log.findLast(({ msg }) => msg === 'request') ?? {};
}

describe(`a subgraph's server on ${ENGINE}`, () => {
  it("logs a request under the gateway's id for it, with its number of statements", async () => {
    await entities(calls(IDS.slice(0, 1)), '... on Call { id }', { [REQUEST_ID_HEADER]: 'from-the-gateway.1' });
    expect(await requestLine()).toMatchObject({ requestId: 'from-the-gateway.1', statements: 1, milliseconds: expect.any(Number) });
  });

  it.each(['', 'short', 'with a space', 'x'.repeat(65), '{"level":60}', 'mã-số-yêu-cầu'.normalize('NFD')])(
    'logs it under an id of its own when there is no good one, such as %j',
    async (id) => {
      await entities(calls(IDS.slice(0, 1)), '... on Call { id }', { [REQUEST_ID_HEADER]: Buffer.from(id).toString('latin1') });
      expect((await requestLine())['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('answers what went wrong inside with one phrase and a path, and logs the cause under the request id', async () => {
    failure = new Error('relation "call" of postgres://hotline:secret@db/calls has gone');
    const { answer } = await entities(cells('2021-01-01/2021-12-31|*|*'), TOTAL, { [REQUEST_ID_HEADER]: 'will-go-wrong' });
    expect(answer).toEqual({
      data: { _entities: [{ calls: null }] },
      errors: [{ message: 'internal error', path: ['_entities', 0, 'calls', 'total'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(JSON.stringify(log)).toContain('has gone');
    expect(log.find(({ msg }) => msg === 'a resolver failed')).toMatchObject({ level: 50, requestId: 'will-go-wrong' });
  });

  it('takes a request of several megabytes, and refuses a larger one as too large', async () => {
    const { answer } = await entities(cells(...Array<string>(20_000).fill('2021-01-01/2021-12-31|VN34:24=VN63:24+VN63:27+VN34:24|an-agency')), '__typename');
    expect(answer.errors).toBeUndefined();
    expect(answer.data._entities).toHaveLength(20_000);
    expect((await post({ query: '{ __typename }', padding: 'x'.repeat(32 * 1024 * 1024) })).status).toBe(413);
  });

  it.each(['2021-01-01/2020-12-31|*|*', '2021-02-30/2021-03-01|*|*', '2021-01-01/2021-12-31|*', 'Hà Nội', '', '2021-01-01/2021-12-31|A=|*'])(
    'says which cell id is none: %j',
    async (id) => {
      const { answer } = await entities(cells('2021-01-01/2021-12-31|*|*', id), TOTAL);
      expect(answer.data._entities).toEqual([{ calls: { total: 30 } }, null]);
      expect(answer.errors).toMatchObject([
        { message: `expected the id of a StatisticsCell, got ${JSON.stringify(id)}`, path: ['_entities', 1], extensions: { code: 'BAD_CELL_ID' } },
      ]);
      expect(JSON.stringify(log)).not.toContain('a resolver failed');
    },
  );

  it('has nothing to tell a gateway that asks for a type of another graph; its log says which', async () => {
    const { answer } = await entities([{ __typename: 'Minister', id: '1' }], '__typename');
    expect(answer).toEqual({
      data: null,
      errors: [{ message: 'internal error', path: ['_entities'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(JSON.stringify(log)).toContain('tried to load an entity for type \\"Minister\\"');
  });

  it('says which records are not there, and asks for all that are wanted at once', async () => {
    const wanted = [...IDS, 'no id at all', "'; DROP TABLE call; --", IDS[3]?.toUpperCase() ?? ''];
    const { answer } = await entities(calls(wanted), '... on Call { externalId }');
    expect(answer.errors?.map(({ path, extensions }) => ({ path, extensions }))).toEqual(
      wanted.slice(30, -1).map((id, n) => ({ path: ['_entities', 30 + n], extensions: { code: 'RECORD_NOT_FOUND', record: 'Call', id } })),
    );
    const found = (n: number) => ({ externalId: String(n + 1) });
    expect(answer.data._entities).toEqual([...IDS.map((_, n) => (n < 30 ? found(n) : null)), null, null, found(3)]);
    expect((await requestLine())['statements']).toBe(1);
  });

  it('reads all breakdowns of any number of cells in one statement', async () => {
    const days = Array.from({ length: 28 }, (_, n) => `2021-02-${String(n + 1).padStart(2, '0')}`);
    const { answer } = await entities(
      cells(...days.map((day) => `${day}/${day}|*|*`)),
      '... on StatisticsCell { calls { total byCategory { category total } byTopic { topic total } } }',
    );
    expect(answer.data._entities.map((cell: { calls: { total: number } }) => cell.calls.total)).toEqual([30, ...Array<number>(27).fill(0)]);
    expect((await requestLine())['statements']).toBe(1);
  });

  it('refuses what is no GraphQL request, in the words of the error catalogue', async () => {
    expect((await post('{')).status).toBe(400);
    expect((await post({ query: '{' })).answer.errors?.[0]?.extensions?.['code']).toBe('GRAPHQL_PARSE_FAILED');
    expect((await post({ query: '{ nothing }' })).answer.errors?.[0]?.extensions?.['code']).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await post({ nothing: true })).answer.errors?.[0]?.extensions?.['code']).toBe('BAD_REQUEST');
  });
});

describe("a subgraph's health", () => {
  const health = async (path: string) => (await fetch(`${url}/health/${path}`)).status;

  it('is live and ready when it serves', async () => {
    expect([await health('live'), await health('ready')]).toEqual([200, 200]);
  });

  it('is live, but not ready, while it starts or stops', async () => {
    ready = false;
    expect([await health('live'), await health('ready')]).toEqual([200, 503]);
  });

  it('is live, but not ready, when its database does not answer', async () => {
    failure = new Error('connection refused');
    expect([await health('live'), await health('ready')]).toEqual([200, 503]);
  });
});
