import { setTimeout as sleep } from 'node:timers/promises';
import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANYBODY } from '#schema/identity.ts';
import { createContext } from '../../gateway/context.ts';
import { observeOperations } from '../../gateway/request-log.ts';
import { createSharing } from '../../gateway/sharing.ts';
import type { AskAs } from '../testkit/tokens.ts';
import { answerJson, type Behaviour } from './kit/fake-subgraph.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';
import { GUARDED_GRAPH } from './kit/guarded-graph.ts';

/** Requests that ask the same at the same moment: which of them share an execution, and what each still has of its own. */
const OPEN = 'query Open { open note { label } }';
const SOMEBODY: AskAs = { roles: ['developer'], subject: 'somebody', agency: null };
const OFFICER: AskAs = { roles: ['developer', 'officer'], subject: 'officer', agency: 'c02' };

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ graph: GUARDED_GRAPH });
  // Planned, and over connections that stay: what the tests send at once arrives at once.
  await all(5, () => ask());
  gateway.reset();
});
afterAll(() => gateway?.stop());
afterEach(() => gateway.reset());

/** Where this process stands still for 100 ms in the midst of sending, nothing is shared, and rightly so. */
const AT_ONCE = { retry: 1 };

const received = () => gateway.subgraph('agencies').received;
const ask = (query = OPEN, { as = SOMEBODY, ...options }: { as?: AskAs; variables?: object; signal?: AbortSignal } = {}) =>
  post({ query, variables: options.variables ?? {} }, as, options.signal);
const all = <T>(count: number, work: () => Promise<T>) => Promise.all(Array.from({ length: count }, work));

/** Lets the service answer only once `open` is called, which says how often it was asked until then. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const behaviour: Behaviour = async (response, usual, request) => {
    await opened.promise;
    return answerJson(await usual())(response, usual, request);
  };
  gateway.subgraph('agencies').behave(behaviour);
  return {
    open: async () => {
      await expect.poll(() => received().length).toBeGreaterThan(0);
      await sleep(50);
      const asked = received().length;
      opened.resolve();
      return asked;
    },
  };
}

/** Sends a request with the identity that `as` has; {@link GatewayUnderTest.ask} cannot be left. */
async function post(body: object, as: AskAs, signal?: AbortSignal) {
  const headers = { 'content-type': 'application/json', ...(await gateway.identify(as)) };
  return gateway.send('/graphql', { method: 'POST', headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) });
}

describe('what everybody may ask', () => {
  it('is asked of a service once for all who ask it at the same moment, and all have the answer', AT_ONCE, async () => {
    const { open } = gate();
    const answers = all(5, () => ask());
    expect(await open()).toBe(1);
    for (const { status, text } of await answers) expect([status, text]).toEqual([200, '{"data":{"open":7,"note":{"label":"a note"}}}']);
    expect(received()).toHaveLength(1);
  });

  it('has an id and a line in the log for each request, which says whose execution it shared', AT_ONCE, async () => {
    const { open } = gate();
    const answers = all(3, () => ask());
    await open();
    const ids = (await answers).map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(3);
    const lines = gateway.log.filter(({ msg }) => msg === 'request');
    expect(lines.map(({ requestId }) => requestId).sort()).toEqual(ids.sort());
    const [first, ...others] = lines.toSorted((a, b) => Number('sharedWith' in a) - Number('sharedWith' in b));
    expect(first).toMatchObject({ fetches: [{ service: 'agencies', outcome: 'ok' }] });
    for (const line of others) expect(line).toMatchObject({ sharedWith: first?.['requestId'], fetches: first?.['fetches'] });
  });

  it('is asked again where the answer has been given', async () => {
    await ask();
    await ask();
    expect(received()).toHaveLength(2);
  });

  it('is asked again where it has been under way for 100 ms', async () => {
    const { open } = gate();
    const first = ask();
    await sleep(150);
    const second = ask();
    expect(await open()).toBe(2);
    expect((await second).data).toEqual((await first).data);
  });

  const count = (above: number) => ask('query Count($above: Int) { count(filter: {above: $above}) }', { variables: { above } });
  const oneOfTwo = (operationName: string) => post({ query: 'query A { open } query B { open }', operationName }, SOMEBODY);
  it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['another document', ask, () => ask('query Open { open note { label } } # same')],
    ['other variables', () => count(1), () => count(2)],
    ['another operation of the document', () => oneOfTwo('A'), () => oneOfTwo('B')],
    ['another subject', ask, () => ask(OPEN, { as: { ...SOMEBODY, subject: 'other' } })],
    ['another agency', ask, () => ask(OPEN, { as: { ...SOMEBODY, agency: 'c02' } })],
    ['other roles', ask, () => ask(OPEN, { as: { ...SOMEBODY, roles: ['developer', 'coordinator'] } })],
    ['another purpose', ask, () => ask(OPEN, { as: { ...SOMEBODY, purpose: 'OVERSIGHT' } })],
  ])('is not shared with %s', async (_, one, other) => {
    const { open } = gate();
    const answers = Promise.all([one(), other()]);
    expect(await open()).toBe(2);
    await answers;
  });

  it('fails for all who share it, each with the id of its own request', async () => {
    const failed = Promise.withResolvers<void>();
    gateway.subgraph('agencies').behave(async (response) => {
      await failed.promise;
      response.destroy();
    });
    const answers = all(3, () => ask('query Open { open }'));
    await sleep(50);
    failed.resolve();
    // send() holds each error's id to that of its request.
    for (const { status, data, errors } of await answers) {
      expect({ status, data, codes: errors?.map(({ extensions }) => extensions['code']) }).toEqual({
        status: 200,
        data: { open: null },
        codes: ['SUBGRAPH_UNAVAILABLE'],
      });
    }
  });

  it('goes on for those who stay when the one leaves who began it, and is given up within 100 ms when all have left', AT_ONCE, async () => {
    const closed: number[] = [];
    gateway.subgraph('agencies').behave((response) => void response.once('close', () => closed.push(performance.now())));
    const [first, second] = [new AbortController(), new AbortController()];
    const left = [ask(OPEN, { signal: first.signal }), ask(OPEN, { signal: second.signal })].map((answer) => answer.catch((error: Error) => error.name));
    await sleep(60);
    expect(received()).toHaveLength(1);
    first.abort();
    await sleep(60);
    expect(closed).toEqual([]);
    const leaves = performance.now();
    second.abort();
    expect(await Promise.all(left)).toEqual(['AbortError', 'AbortError']);
    await expect.poll(() => closed.length).toBe(1);
    expect((closed[0] ?? 0) - leaves).toBeLessThan(100);
  });

  it('is answered to whoever stays when the one leaves who began it', AT_ONCE, async () => {
    const { open } = gate();
    const begins = new AbortController();
    const left = ask(OPEN, { signal: begins.signal }).catch((error: Error) => error.name);
    await sleep(20);
    const stays = ask();
    await sleep(20);
    begins.abort();
    expect(await left).toBe('AbortError');
    expect(await open()).toBe(1);
    expect((await stays).data).toEqual({ open: 7, note: { label: 'a note' } });
  });

  it('is asked anew after an act, whatever was under way before it', async () => {
    const opened = Promise.withResolvers<void>();
    gateway.subgraph('agencies').behave(async (response, usual, request) => {
      if (request.query.includes('open')) await opened.promise;
      return answerJson(await usual())(response, usual, request);
    });
    const before = ask(OPEN, { as: OFFICER });
    await sleep(20);
    expect((await ask('mutation { forget }', { as: OFFICER })).data).toEqual({ forget: true });
    const after = ask(OPEN, { as: OFFICER });
    await sleep(20);
    expect(received().filter(({ query }) => query.includes('open'))).toHaveLength(2);
    opened.resolve();
    expect((await before).data).toEqual((await after).data);
  });
});

describe('what is recorded when it is read', () => {
  it.each([
    ['that takes a scope and a purpose', '{ secret { id } }'],
    ['that takes a scope, beside what everybody may ask', '{ open secret { body } }'],
    ['in a part of the arguments', 'query ($owner: String) { count(filter: {owner: $owner}) }'],
    ['that takes a token', '{ note { owner { name } } }'],
  ])('%s is asked for each request by itself', async (_, query) => {
    const { open } = gate();
    const answers = all(3, () => ask(query, { as: OFFICER, variables: query.includes('$owner') ? { owner: 'me' } : {} }));
    expect(await open()).toBe(3);
    for (const { errors } of await answers) expect(errors).toBeUndefined();
  });
});

describe('an act', () => {
  it('is done once for each request', async () => {
    const { open } = gate();
    const answers = all(3, () => ask('mutation { forget }', { as: OFFICER }));
    expect(await open()).toBe(3);
    for (const { data } of await answers) expect(data).toEqual({ forget: true });
  });
});

describe('requests that share an execution', () => {
  it('give their places back at once: of three hundred at a slow service none is refused', async () => {
    await using flooded = await startGatewayUnderTest({ graph: GUARDED_GRAPH, env: { LOAD_SHEDDING: 'true' } });
    const headers = { 'content-type': 'application/json', ...(await flooded.identify(SOMEBODY)) };
    flooded.subgraph('agencies').behave(async (response, usual, request) => {
      await sleep(300);
      await answerJson(await usual())(response, usual, request);
    });
    const statuses = await all(300, async () => (await flooded.send('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: OPEN }) })).status);
    expect(statuses).toEqual(Array(300).fill(200));
    expect(flooded.subgraph('agencies').received.length).toBeLessThan(30);
  });

  it('count one by one', async () => {
    await using limited = await startGatewayUnderTest({ graph: GUARDED_GRAPH, env: { RATE_LIMIT_PER_MINUTE: '12' } });
    const headers = { 'content-type': 'application/json', ...(await limited.identify(SOMEBODY)) };
    const statuses = await all(6, async () => (await limited.send('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: OPEN }) })).status);
    expect(statuses.sort()).toEqual([200, 200, 200, 429, 429, 429]);
  });
});

describe('sharing', () => {
  const operation = (text: string) => getOperationAST(parse(text)) as OperationDefinitionNode;
  const READ = operation('query Read($above: Float) { read(above: $above) }');
  const context = (requestId = 'request') =>
    createContext(
      requestId,
      ANYBODY,
      { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY, priority: 'dashboard' },
      pino({ level: 'silent' }),
    );
  const asked = (variables: Record<string, unknown> = {}, of = READ) => ({ operation: of, variables, labels: [], unrecorded: true });

  it('tells a number that is too large from null, which has the same JSON', async () => {
    const { execute } = createSharing({ onJoin: () => undefined });
    const above = (value: number | null) => execute(asked({ above: value }), context(), async () => ({ data: { above: value } }));
    expect(await Promise.all([above(Number.POSITIVE_INFINITY), above(null), above(null)])).toEqual([
      { data: { above: Number.POSITIVE_INFINITY } },
      { data: { above: null } },
      { data: { above: null } },
    ]);
  });

  it('does not let anybody join what began before an act ended, on whatever supergraph each of them is', async () => {
    const { execute } = createSharing({ onJoin: () => undefined });
    let value = 1;
    const acted = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const read = () =>
      execute(asked(), context(), async () => {
        const data = { value };
        await answered.promise;
        return { data };
      });
    const act = execute(asked({}, operation('mutation Act { act }')), context(), async () => {
      await acted.promise;
      value = 2;
      return { data: {} };
    });
    const before = read();
    acted.resolve();
    await act;
    const after = read();
    answered.resolve();
    expect([await before, await after]).toEqual([{ data: { value: 1 } }, { data: { value: 2 } }]);
  });

  it('is of what has been under way for 100 ms at most', async () => {
    let now = 0;
    let executions = 0;
    const { execute } = createSharing({ onJoin: () => undefined, now: () => now });
    const answered = Promise.withResolvers<object>();
    const read = () =>
      execute(asked(), context(), () => {
        executions += 1;
        return answered.promise;
      });
    const answers = [read()];
    for (const [moment, expected] of [
      [100, 1],
      [101, 2],
      [201, 2],
      [202, 3],
    ] as const) {
      now = moment;
      answers.push(read());
      expect(executions).toBe(expected);
    }
    answered.resolve({ data: {} });
    await Promise.all(answers);
  });

  it('makes one piece of evidence of an execution, however many share it', async () => {
    const recorded: boolean[] = [];
    const { requestDidStart } = observeOperations({ record: (_, failed) => void recorded.push(failed) });
    const { execute } = createSharing({ onJoin: () => undefined });
    const contexts = [context('the first'), context('the second'), context('the third')];
    await Promise.all(contexts.map((each) => execute(asked(), each, async () => ({ data: null }))));
    const body = { kind: 'single', singleResult: { errors: [{ message: '', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] } };
    for (const contextValue of contexts) {
      const listener = await requestDidStart?.({} as never);
      await listener?.willSendResponse?.({ contextValue, response: { body } } as never);
    }
    expect(recorded).toEqual([true]);
    expect(contexts.map(({ operation: { errorCodes } }) => errorCodes)).toEqual(Array(3).fill(['SUBGRAPH_UNAVAILABLE']));
  });
});
