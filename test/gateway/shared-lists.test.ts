import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerJson, type Behaviour, breakConnection, hang } from './kit/fake-subgraph.ts';
import { type Answer, type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';
import { sharedGraph } from './kit/shared-graph.ts';

/*
 * Lists that every subgraph makes itself and adds figures to. The executor lays them over each other by place; whatever the subgraphs know,
 * a figure must stand beside the id that it is of.
 */
const graph = sharedGraph();
let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ graph: graph.parts, env: { SUBGRAPH_TIMEOUT_MS: '400' } });
});
afterAll(() => gateway?.stop());
beforeEach(() => {
  gateway.reset();
  graph.reset();
});

const ALL = '{ cells { id span { from to } place { id name } note apples { total } pears } }';
const full = (n: number) => ({
  id: String(n),
  span: { from: n, to: n + 1 },
  place: { id: `P${n}`, name: `Place P${n}` },
  note: `note ${n}`,
  apples: { total: n * 10 },
  pears: n * 100,
});
const FULL = [1, 2, 3, 4].map(full);

/** Answers as usual, but only when the others have answered, and the executor has their answers. */
const last: Behaviour = async (response, usual, received) => {
  const answer = await usual();
  await new Promise((done) => setTimeout(done, 100));
  return answerJson(answer)(response, usual, received);
};

/** Makes a subgraph's answer the first. */
function first(name: string) {
  for (const [other, subgraph] of Object.entries(gateway.subgraphs)) if (other !== name) subgraph.behave(last);
}

function codes({ errors = [] }: Answer) {
  return errors.map(({ extensions: { code, service, affected } }) => [code, service, affected]);
}

describe('lists that are alike', () => {
  it('are laid over each other', async () => {
    const { data, errors } = await gateway.ask(ALL);
    expect(errors).toBeUndefined();
    expect(data.cells).toEqual(FULL);
  });

  it('take one request to each subgraph, which asks for the keys besides, and the client does not get these', async () => {
    const { data } = await gateway.ask('{ cells { apples { total } pears } }');
    expect(data.cells[0]).toEqual({ apples: { total: 10 }, pears: 100 });
    for (const name of ['calls', 'victims']) {
      expect(gateway.subgraph(name).received).toHaveLength(1);
      expect(gateway.subgraph(name).received[0]?.query).toContain('entityKey: id');
    }
    expect(gateway.subgraph('agencies').received).toEqual([]);
  });

  it('keep what a client calls by the name that the keys would have', async () => {
    const { data } = await gateway.ask('{ cells { entityKey: pears entityKey_: span { from } apples { total } } }');
    expect(data.cells[1]).toEqual({ entityKey: 200, entityKey_: { from: 2 }, apples: { total: 20 } });
  });

  it('may be asked for under several names, with other arguments, variables, fragments and conditions', async () => {
    const operation = `query ($count: Int, $above: Int!, $with: Boolean!) {
      cells { ...Both }
      some: cells(count: $count) { ...Both place @include(if: $with) { name } }
      rest: cells(above: $above) { pears ... on Cell @skip(if: $with) { apples { total } } }
    }
    fragment Both on Cell { apples { total } pears }`;
    const { data, errors } = await gateway.ask(operation, { count: 2, above: 3, with: true });
    expect(errors).toBeUndefined();
    const both = (n: number) => ({ apples: { total: n * 10 }, pears: n * 100 });
    expect(data).toEqual({
      cells: [1, 2, 3, 4].map(both),
      some: [1, 2].map((n) => ({ ...both(n), place: { name: `Place P${n}` } })),
      rest: [{ pears: 400 }],
    });
  });

  it('may be empty', async () => {
    const { data, errors } = await gateway.ask('{ cells(above: 9) { apples { total } pears } }');
    expect({ data, errors }).toEqual({ data: { cells: [] }, errors: undefined });
  });
});

describe('a list in another order', () => {
  for (const name of ['agencies', 'calls', 'victims'] as const) {
    it(`is put into the order of the one that came first: ${name}`, async () => {
      graph.cells.agencies = [4, 3, 2, 1];
      graph.cells.calls = [2, 1, 4, 3];
      graph.cells.victims = [3, 4, 1, 2];
      first(name);
      const { data, errors } = await gateway.ask(ALL);
      expect(errors).toBeUndefined();
      expect(data.cells).toEqual(graph.cells[name].map(full));
    });
  }
});

describe('a subgraph that does not know a cell', () => {
  it('leaves its place empty, with one error, and no other figure moves', async () => {
    graph.cells.calls = [1, 3, 4];
    first('victims');
    const answer = await gateway.ask(ALL);
    expect(answer.data.cells).toEqual(FULL.map((cell) => (cell.id === '2' ? { ...cell, apples: null } : cell)));
    expect(codes(answer)).toEqual([['SUBGRAPH_OUT_OF_STEP', 'calls', 1]]);
    expect(answer.errors?.[0]).toMatchObject({ path: ['cells', 1], message: expect.stringContaining("A ministry's service does not know the same provinces") });
  });

  it('does not cost the others what it alone was asked for: another says it', async () => {
    // The plan has the agencies subgraph say the span, which may not be null.
    graph.cells.agencies = [1, 3, 4];
    first('victims');
    const answer = await gateway.ask(ALL);
    expect(gateway.subgraph('agencies').received[0]?.query).toContain('span');
    expect(answer.data.cells).toEqual(FULL.map((cell) => (cell.id === '2' ? { ...cell, note: null, place: { id: 'P2', name: null } } : cell)));
    expect(codes(answer)).toEqual([['SUBGRAPH_OUT_OF_STEP', 'agencies', 1]]);
  });

  it('decides which there are when its answer comes first', async () => {
    graph.cells.calls = [1, 3, 4];
    first('calls');
    const answer = await gateway.ask('{ cells { id apples { total } pears } }');
    expect(answer.data.cells).toEqual([1, 3, 4].map((n) => ({ id: String(n), apples: { total: n * 10 }, pears: n * 100 })));
    expect(codes(answer)).toEqual([['SUBGRAPH_OUT_OF_STEP', 'victims', 1]]);
  });

  it('and knows one that no other knows, is not laid over it', async () => {
    graph.cells.calls = [1, 2, 3, 9];
    first('victims');
    const answer = await gateway.ask('{ cells { id apples { total } pears } }');
    expect(answer.data.cells).toEqual([1, 2, 3, 4].map((n) => ({ id: String(n), apples: n === 4 ? null : { total: n * 10 }, pears: n * 100 })));
    expect(codes(answer)).toEqual([['SUBGRAPH_OUT_OF_STEP', 'calls', 2]]);
  });

  it('is told of once when an operation asks in several places', async () => {
    graph.cells.calls = [1, 3, 4];
    first('victims');
    const answer = await gateway.ask(
      '{ a: cells { apples { total } pears } b: cells(above: 1) { apples { total } pears } c: cells(above: 2) { apples { total } pears } }',
    );
    expect(answer.data.a.map(({ apples }: { apples: unknown }) => apples)).toEqual([{ total: 10 }, null, { total: 30 }, { total: 40 }]);
    expect(answer.data.b.map(({ apples }: { apples: unknown }) => apples)).toEqual([null, { total: 30 }, { total: 40 }]);
    expect(answer.data.c.map(({ apples }: { apples: unknown }) => apples)).toEqual([{ total: 30 }, { total: 40 }]);
    expect(codes(answer)).toEqual([['SUBGRAPH_OUT_OF_STEP', 'calls', 2]]);
  });

  it('knows one twice: it stands at every place that the first answer has for it', async () => {
    graph.cells.victims = [1, 2, 1];
    graph.cells.calls = [2, 1];
    first('victims');
    const answer = await gateway.ask('{ cells { id apples { total } pears } }');
    expect(answer.data.cells.map(({ id, apples, pears }: { id: string; apples: { total: number }; pears: number }) => [id, apples.total, pears])).toEqual([
      ['1', 10, 100],
      ['2', 20, 200],
      ['1', 10, 100],
    ]);
  });
});

describe('a subgraph that is down', () => {
  const without: Record<string, (cell: ReturnType<typeof full>) => object> = {
    agencies: (cell) => ({ ...cell, note: null, place: { id: cell.place.id, name: null } }),
    calls: (cell) => ({ ...cell, apples: null }),
    victims: (cell) => ({ ...cell, pears: null }),
  };
  for (const [how, behaviour] of Object.entries({
    'cuts the connection': breakConnection,
    hangs: hang,
    'answers nonsense': answerJson({ data: { cells: [{ pears: 1 }, null] } }),
  })) {
    for (const [name, expected] of Object.entries(without)) {
      it(`costs its own figures and nothing else: ${name} ${how}`, async () => {
        gateway.subgraph(name).behave(behaviour);
        const answer = await gateway.ask(ALL);
        expect(answer.data.cells).toEqual(FULL.map(expected));
        expect(answer.errors).toHaveLength(1);
        expect(answer.errors?.[0]?.extensions).toMatchObject({ code: how === 'hangs' ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE', service: name });
      });
    }
  }

  it('leaves the cells also where it alone was asked', async () => {
    gateway.subgraph('calls').behave(breakConnection);
    const answer = await gateway.ask(
      'query ($above: Int!, $unused: Int) { cells(above: $above) { span { from } apples { total } } baskets few: cells(count: $unused) { apples { total } } }',
      {
        above: 2,
      },
    );
    expect(answer.data).toEqual({
      cells: [
        { span: { from: 3 }, apples: null },
        { span: { from: 4 }, apples: null },
      ],
      baskets: null,
      few: Array(4).fill({ apples: null }),
    });
    expect(answer.errors).toMatchObject([{ path: ['cells', 0, 'apples'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'calls', affected: 7 } }]);
  });

  it('is no error where another says all that was asked of it', async () => {
    gateway.subgraph('agencies').behave(breakConnection);
    const { data, errors } = await gateway.ask('{ cells(count: 1) { id span { from } place { id } } }');
    expect({ data, errors }).toEqual({ data: { cells: [{ id: '1', span: { from: 1 }, place: { id: 'P1' } }] }, errors: undefined });
  });

  it('is one error for each of several, and what remains comes', async () => {
    for (const name of ['agencies', 'victims']) gateway.subgraph(name).behave(breakConnection);
    const answer = await gateway.ask(ALL);
    expect(answer.data.cells).toEqual(FULL.map((cell) => ({ ...cell, note: null, pears: null, place: { id: cell.place.id, name: null } })));
    expect(answer.errors?.map(({ extensions: { code, service } }) => [code, service]).sort()).toEqual([
      ['SUBGRAPH_UNAVAILABLE', 'agencies'],
      ['SUBGRAPH_UNAVAILABLE', 'victims'],
    ]);
  });

  it('is null when no other is left, and the rest of the answer is there', async () => {
    for (const name of ['calls', 'victims']) gateway.subgraph(name).behave(breakConnection);
    gateway.subgraph('agencies').behave(async (response, usual, received) => {
      return received.query.includes('open') ? answerJson(await usual())(response, usual, received) : breakConnection(response, usual, received);
    });
    const answer = await gateway.ask('{ open cells { apples { total } pears } }');
    expect(answer.data).toEqual({ open: 7, cells: null });
    expect(
      codes(answer)
        .map(([code, service]) => [code, service])
        .sort(),
    ).toEqual([
      ['SUBGRAPH_UNAVAILABLE', 'calls'],
      ['SUBGRAPH_UNAVAILABLE', 'victims'],
    ]);
  });
});

describe('a request that every subgraph refuses', () => {
  const refuse = (message: string) => answerJson({ data: { cells: null }, errors: [{ message, path: ['cells'], extensions: { code: 'BAD_PERIOD' } }] });

  it('is refused once, by no service in particular', async () => {
    for (const subgraph of Object.values(gateway.subgraphs)) subgraph.behave(refuse('no such period'));
    const { data, errors } = await gateway.ask(ALL);
    expect(data).toEqual({ cells: null });
    expect(errors).toEqual([{ message: 'no such period', path: ['cells'], extensions: { code: 'BAD_PERIOD' } }]);
  });

  it('is refused by one alone where only that one does, and the others’ figures come', async () => {
    gateway.subgraph('agencies').behave(refuse('not here'));
    const { data, errors } = await gateway.ask(ALL);
    expect(errors).toEqual([{ message: 'not here', path: ['cells'], extensions: { code: 'BAD_PERIOD', service: 'agencies' } }]);
    expect(data.cells[3]).toMatchObject({ id: '4', span: { from: 4, to: 5 }, apples: { total: 40 }, pears: 400 });
  });
});
