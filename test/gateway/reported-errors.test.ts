import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerEntities, answerJson } from './kit/fake-subgraph.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const PERIOD = { from: '2021-01-01', to: '2021-09-30' };
const MASKED = expect.stringContaining('Something went wrong in the graph itself');

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest();
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.reset());

const figures = (cells = 1) =>
  gateway.ask(`query ($period: PeriodInput!, $cells: Int!) { statistics(period: $period, cells: $cells) { calls { total } victims { persons } } }`, {
    period: PERIOD,
    cells,
  });

const callsAnswers = (...parts: Parameters<typeof answerEntities>) => gateway.subgraph('calls').behave(answerEntities(...parts));

/** What the calls subgraph reports besides its data, of which the cells named are null. */
function report(errors: readonly object[], { empty = [] as number[] } = {}) {
  callsAnswers((entities) => entities.map((entity, index) => (empty.includes(index) ? { ...entity, calls: null } : entity)), errors);
}

describe('an error that a subgraph reports', () => {
  it('passes with message, code, path and details when its code is of the catalogue', async () => {
    report([{ message: 'expected the id of a StatisticsCell', path: ['_entities', 1, 'calls'], extensions: { code: 'BAD_CELL_ID', hint: 7 } }], { empty: [1] });
    const { data, errors } = await figures(3);
    expect(errors).toEqual([
      { message: 'expected the id of a StatisticsCell', path: ['statistics', 1, 'calls'], extensions: { code: 'BAD_CELL_ID', service: 'calls', hint: 7 } },
    ]);
    expect(data.statistics.map(({ calls }: { calls: unknown }) => calls)).toEqual([{ total: 100 }, null, { total: 100 }]);
  });

  it('passes from a root field', async () => {
    const error = { message: 'at most 10000 cells', path: ['statistics'], extensions: { code: 'TOO_MANY_CELLS', cells: 12_000 } };
    gateway.subgraph('agencies').behave(answerJson({ data: null, errors: [error] }));
    const { data, errors } = await figures();
    expect(data).toBeNull();
    expect(errors).toEqual([{ ...error, extensions: { code: 'TOO_MANY_CELLS', service: 'agencies', cells: 12_000 } }]);
  });

  it('is masked, and logged, when its code is not of the catalogue', async () => {
    report([{ message: 'relation "call" at 127.0.0.1', path: ['_entities', 0, 'calls'], extensions: { code: '42P01', stacktrace: ['at query ('] } }], {
      empty: [0],
    });
    const { errors, headers } = await figures();
    expect(errors).toEqual([
      {
        message: MASKED,
        path: ['statistics', 0, 'calls'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', service: 'calls', requestId: headers.get('x-request-id') },
      },
    ]);
    expect(gateway.log).toContainEqual(
      expect.objectContaining({
        service: 'calls',
        requestId: headers.get('x-request-id'),
        reported: [expect.objectContaining({ message: 'relation "call" at 127.0.0.1' })],
      }),
    );
  });

  for (const [what, error] of Object.entries({
    'has no code': { message: 'password=secret' },
    'has extensions that are no object': { message: 'password=secret', extensions: 'password' },
    'blames the request, which was the gateway’s own': { message: 'Cannot query field "password="', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    'has a code that is internal': { message: 'SELECT secret', extensions: { code: 'INTERNAL_SERVER_ERROR', exception: { stacktrace: [] } } },
    'has a path of nonsense': { message: 'password=', path: 'calls' },
  })) {
    it(`is masked when it ${what}`, async () => {
      gateway.subgraph('calls').behave(answerJson({ data: null, errors: [error] }, 400));
      const { data, errors } = await figures(2);
      expect(errors).toEqual([
        {
          message: MASKED,
          path: ['statistics', 0, 'calls'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', service: 'calls', affected: 2, requestId: expect.any(String) },
        },
      ]);
      expect(data.statistics).toEqual(Array(2).fill({ calls: null, victims: { persons: 10 } }));
    });
  }

  it('is told once when it comes for every cell', async () => {
    const cells = [...Array(408).keys()];
    report(
      cells.map((cell) => ({ message: 'no', path: ['_entities', cell, 'calls'], extensions: { code: 'UNKNOWN_GEOGRAPHY' } })),
      { empty: cells },
    );
    const { errors } = await figures(408);
    expect(errors).toEqual([{ message: 'no', path: ['statistics', 0, 'calls'], extensions: { code: 'UNKNOWN_GEOGRAPHY', service: 'calls', affected: 408 } }]);
  });

  it('is told once for each kind of record that is missing, whichever they are', async () => {
    const missing = (cell: number, record: string) => ({
      message: `there is no ${record} ${cell}`,
      path: ['_entities', cell],
      extensions: { code: 'RECORD_NOT_FOUND', record, id: String(cell) },
    });
    report([missing(0, 'Call'), missing(1, 'Call'), missing(2, 'Case'), missing(3, 'Call')], { empty: [0, 1, 2, 3] });
    const { data, errors } = await figures(4);
    expect(data.statistics).toEqual(Array(4).fill({ calls: null, victims: { persons: 10 } }));
    expect(errors).toEqual([
      {
        message: 'there is no Call 0',
        path: ['statistics', 0, 'calls'],
        extensions: { code: 'RECORD_NOT_FOUND', service: 'calls', record: 'Call', id: '0', affected: 3 },
      },
      { message: 'there is no Case 2', path: ['statistics', 2, 'calls'], extensions: { code: 'RECORD_NOT_FOUND', service: 'calls', record: 'Case', id: '2' } },
    ]);
  });

  it('leaves no second, masked one about what its place may not lack', async () => {
    callsAnswers(() => [null], [{ message: 'there is no Call 1', path: ['_entities', 0], extensions: { code: 'RECORD_NOT_FOUND', record: 'Call', id: '1' } }]);
    gateway.subgraph('agencies').behave(answerJson({ data: { statistics: [{ __typename: 'StatisticsCell', id: 'cell-0', calls: {} }] } }));
    const { errors } = await figures();
    expect(errors?.map(({ extensions: { code } }) => code)).toEqual(['RECORD_NOT_FOUND']);
  });

  it('is told apart from others by code, message and field', async () => {
    const error = (message: string, code: string, ...path: (string | number)[]) => ({ message, path: ['_entities', ...path], extensions: { code } });
    report([
      error('one', 'BAD_PERIOD', 0, 'calls'),
      error('one', 'BAD_PERIOD', 1, 'calls'),
      error('two', 'BAD_PERIOD', 1, 'calls'),
      error('one', 'BAD_CELL_ID', 1, 'calls'),
      error('one', 'BAD_PERIOD', 1, 'calls', 'total'),
    ]);
    const { errors } = await figures(2);
    expect(errors?.map(({ message, path, extensions: { code, affected } }) => [message, code, path?.slice(1).join('.'), affected ?? 1])).toEqual([
      ['one', 'BAD_PERIOD', '0.calls', 2],
      ['two', 'BAD_PERIOD', '1.calls', 1],
      ['one', 'BAD_CELL_ID', '1.calls', 1],
      ['one', 'BAD_PERIOD', '1.calls.total', 1],
    ]);
  });
});

describe('a value that a subgraph leaves out against its schema', () => {
  it('is an error and not a null that looks like an answer, once for all cells', async () => {
    callsAnswers((entities) => entities.map((entity) => ({ ...entity, calls: { total: null } })));
    const { status, data, errors, extensions } = await figures(5);
    expect(status).toBe(200);
    expect(data.statistics[0]).toEqual({ calls: null, victims: { persons: 10 } });
    expect(errors).toEqual([
      { message: MASKED, path: ['statistics', 0, 'calls', 'total'], extensions: { code: 'INTERNAL_SERVER_ERROR', affected: 5, requestId: expect.any(String) } },
    ]);
    expect(extensions).toBeUndefined();
    expect(gateway.log).toContainEqual(expect.objectContaining({ count: 5, level: 50 }));
  });

  it('is an error also where it leaves no data at all', async () => {
    gateway.subgraph('agencies').behave(answerJson({ data: {} }));
    const { data, errors } = await figures();
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['statistics'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  });

  it('of another shape than promised is missing with a masked error, and nothing else is', async () => {
    callsAnswers((entities) => entities.map(() => ({ calls: 'SELECT 1' })));
    const { status, data, errors } = await figures();
    expect(status).toBe(200);
    expect(data.statistics[0]).toEqual({ calls: null, victims: { persons: 10 } });
    expect(errors).toMatchObject([
      { message: MASKED, path: ['statistics', 0, 'calls'], extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } },
    ]);
  });

  it('as a whole entity is null, without an error: the subgraph knows no such entity', async () => {
    callsAnswers((entities) => entities.map(() => null));
    const { data, errors } = await figures(2);
    expect(errors).toBeUndefined();
    expect(data.statistics[1]).toEqual({ calls: null, victims: { persons: 10 } });
  });
});
