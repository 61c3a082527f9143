import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerEntities, answerJson, answerText, type Behaviour, breakConnection, hang, hangHalfway } from './kit/fake-subgraph.ts';
import { type Answer, type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const PERIOD = { from: '2021-01-01', to: '2021-09-30' };
const FIGURES = `query Figures($period: PeriodInput!, $cells: Int! = 1) {
  statistics(period: $period, cells: $cells) {
    id
    calls { total }
    referrals { cases handovers }
    victims { persons }
  }
}`;
const TIMEOUT_MS = 400;
const LIMIT_MIB = 1;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ env: { SUBGRAPH_TIMEOUT_MS: String(TIMEOUT_MS), SUBGRAPH_RESPONSE_LIMIT_MIB: String(LIMIT_MIB) } });
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.reset());

const figures = (cells = 1) => gateway.ask(FIGURES, { period: PERIOD, cells });

function expectOnly(answer: Answer, code: string, service: string, path: (string | number)[], affected: number) {
  expect(answer.errors).toEqual([{ message: expect.stringMatching(/is missing|the act may have been done/), path, extensions: { code, service, affected } }]);
}

describe('when every subgraph answers', () => {
  it('the answer has all figures and no errors', async () => {
    const { status, data, errors } = await figures();
    expect({ status, data, errors }).toEqual({
      status: 200,
      data: { statistics: [{ id: 'cell-0', calls: { total: 100 }, referrals: { cases: 20, handovers: 30 }, victims: { persons: 10 } }] },
      errors: undefined,
    });
  });
});

describe('a dead subgraph', () => {
  for (const cells of [1, 34, 408]) {
    it(`is one error, and the other figures come, with ${cells} cells`, async () => {
      gateway.subgraph('calls').behave(breakConnection);
      const answer = await figures(cells);
      expectOnly(answer, 'SUBGRAPH_UNAVAILABLE', 'calls', ['statistics', 0, 'calls'], cells);
      expect(answer.status).toBe(200);
      expect(answer.data.statistics).toHaveLength(cells);
      for (const cell of answer.data.statistics) {
        expect(cell).toMatchObject({ calls: null, referrals: { cases: 20, handovers: 30 }, victims: { persons: 10 } });
      }
    });
  }

  it('is one error also when nothing listens at its address', async () => {
    await using over = await startGatewayUnderTest();
    await over.subgraph('victims').stop();
    const answer = await over.ask(FIGURES, { period: PERIOD });
    expectOnly(answer, 'SUBGRAPH_UNAVAILABLE', 'victims', ['statistics', 0, 'victims'], 1);
    expect(answer.data.statistics[0]).toMatchObject({ calls: { total: 100 }, victims: null });
  });

  it('is one error also when an operation asks it in several places', async () => {
    gateway.subgraph('calls').behave(breakConnection);
    const answer = await gateway.ask(
      `query Compared($period: PeriodInput!) {
        now: statistics(period: $period) { calls { total } victims { persons } }
        before: statistics(period: $period, cells: 2) { calls { total } }
        recentCalls(count: 1) { id }
      }`,
      { period: PERIOD },
    );
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'SUBGRAPH_UNAVAILABLE', service: 'calls', affected: 4 });
    expect(answer.data).toEqual({ now: [{ calls: null, victims: { persons: 10 } }], before: [{ calls: null }, { calls: null }], recentCalls: null });
  });

  it('leaves no data when it owns what everything else hangs on, and says so once', async () => {
    gateway.subgraph('agencies').behave(breakConnection);
    const answer = await figures();
    expectOnly(answer, 'SUBGRAPH_UNAVAILABLE', 'agencies', ['statistics'], 1);
    expect(answer.data).toBeNull();
  });

  it('is named in the log with the reason, which the client does not get', async () => {
    gateway.subgraph('calls').behave(answerText('<h1>502</h1>', 'text/html', 502));
    await figures();
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ msg: 'a subgraph did not answer', service: 'calls', reason: 'expected JSON, got status 502 and text/html' }),
    );
    expect(gateway.log).toContainEqual(expect.objectContaining({ msg: 'request', operation: 'Figures', status: 200, errors: ['SUBGRAPH_UNAVAILABLE'] }));
  });

  it('is asked again by the next request', async () => {
    gateway.subgraph('calls').behave(breakConnection);
    await figures();
    gateway.reset();
    expect((await figures()).errors).toBeUndefined();
  });
});

describe('a subgraph that hangs', () => {
  for (const [how, behaviour] of Object.entries({ 'before it answers': hang, 'in the middle of its answer': hangHalfway })) {
    it(`${how} is one error, after the time-out and not much later`, async () => {
      gateway.subgraph('referrals').behave(behaviour);
      const started = performance.now();
      const answer = await figures(34);
      expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + 2_000);
      expectOnly(answer, 'SUBGRAPH_TIMEOUT', 'referrals', ['statistics', 0, 'referrals'], 34);
      expect(answer.data.statistics[33]).toMatchObject({ calls: { total: 100 }, referrals: null, victims: { persons: 10 } });
    });
  }
});

describe('a subgraph whose answer is none', () => {
  const nonsense: Record<string, Behaviour> = {
    'status 500 in JSON': answerJson({ errors: [{ message: 'password=secret' }] }, 500),
    'status 503 as text': answerText('Service Unavailable', 'text/plain', 503),
    HTML: answerText('<html>login</html>', 'text/html'),
    'HTML that calls itself JSON': answerText('<html>login</html>', 'application/json'),
    'no content type': (response) => void response.writeHead(200).end('{}'),
    'half a JSON': answerText('{"data":{"_entities":[', 'application/json'),
    nothing: answerText('', 'application/json'),
    null: answerJson(null),
    'a number': answerJson(5),
    'an empty object': answerJson({}),
    'data that is a list': answerJson({ data: [] }),
    'errors that are no list': answerJson({ data: null, errors: { message: 'no' } }),
    'errors that are no errors': answerJson({ data: null, errors: [null] }),
    'too few entities': answerJson({ data: { _entities: [{ calls: { total: 1 } }] } }),
    'too many entities': answerEntities((entities) => [...entities, { calls: { total: 1 } }]),
    'no entities': answerJson({ data: {} }),
    'entities that are no objects': answerJson({ data: { _entities: [1, 2, 3] } }),
    'more bytes than it may send': answerText(JSON.stringify({ data: { pad: 'x'.repeat(LIMIT_MIB * 1024 * 1024) } }), 'application/json'),
  };
  for (const [what, behaviour] of Object.entries(nonsense)) {
    it(`is unavailable: ${what}`, async () => {
      gateway.subgraph('calls').behave(behaviour);
      const answer = await figures(3);
      expectOnly(answer, 'SUBGRAPH_UNAVAILABLE', 'calls', ['statistics', 0, 'calls'], 3);
      expect(answer.data.statistics[2]).toMatchObject({ calls: null, victims: { persons: 10 } });
    });
  }
});

describe('when every subgraph is at fault at once', () => {
  it('there is one error for each, and what remains comes', async () => {
    gateway.subgraph('calls').behave(breakConnection);
    gateway.subgraph('referrals').behave(hang);
    gateway.subgraph('victims').behave(answerText('<html>', 'text/html'));
    gateway.subgraph('agencies').behave(async (response, usual, received) => {
      if (received.query.includes('_entities')) return breakConnection(response, usual, received);
      return answerJson(await usual())(response, usual, received);
    });
    const answer = await gateway.ask(
      `query ($period: PeriodInput!) { statistics(period: $period, cells: 50) { id calls { total } referrals { cases } victims { persons } indicators { referralShare } } }`,
      { period: PERIOD },
    );
    const told = answer.errors?.map(({ path, extensions: { code, service, affected } }) => ({ code, service, affected, path })) ?? [];
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([
        { code: 'SUBGRAPH_UNAVAILABLE', service: 'calls', affected: 50, path: ['statistics', 0, 'calls'] },
        { code: 'SUBGRAPH_TIMEOUT', service: 'referrals', affected: 50, path: ['statistics', 0, 'referrals'] },
        { code: 'SUBGRAPH_UNAVAILABLE', service: 'victims', affected: 50, path: ['statistics', 0, 'victims'] },
        { code: 'SUBGRAPH_UNAVAILABLE', service: 'agencies', affected: 50, path: ['statistics', 0, 'indicators'] },
      ]),
    );
    expect(answer.data.statistics[49]).toEqual({ id: 'cell-49', calls: null, referrals: null, victims: null, indicators: null });
  });
});

describe('indicators', () => {
  const INDICATORS = `query ($period: PeriodInput!) { statistics(period: $period, cells: 2) { indicators { referralShare victimsPerCase } } }`;
  const indicators = async () => {
    const { data, errors } = await gateway.ask(INDICATORS, { period: PERIOD });
    return { data: data?.statistics?.map((cell: { indicators: unknown }) => cell.indicators), errors };
  };

  it('come from the three parts', async () => {
    const both = { referralShare: 0.2, victimsPerCase: 0.5 };
    expect(await indicators()).toEqual({ data: [both, both], errors: undefined });
  });

  it('that need a missing part are null, and the others come', async () => {
    gateway.subgraph('calls').behave(breakConnection);
    const { data, errors } = await indicators();
    const one = { referralShare: null, victimsPerCase: 0.5 };
    expect(data).toEqual([one, one]);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toEqual({ code: 'SUBGRAPH_UNAVAILABLE', service: 'calls', affected: 2 });
  });

  it('are null when all parts are missing', async () => {
    for (const name of ['calls', 'referrals', 'victims']) gateway.subgraph(name).behave(breakConnection);
    const { data, errors } = await indicators();
    const none = { referralShare: null, victimsPerCase: null };
    expect(data).toEqual([none, none]);
    expect(errors).toHaveLength(3);
  });
});
