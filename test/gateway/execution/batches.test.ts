import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createBatches, type EntityRequest } from '../../../gateway/execution/batches.ts';
import { readSelection } from '../../../gateway/selection.ts';
import type { SubgraphAnswer, SubgraphRequest } from '../../../gateway/execution/run.ts';

const SELECTION = readSelection('{ a }', buildSchema('type Query { a: Int }'));
const REQUEST = {
  service: 'calls',
  query: 'query A__calls__1',
  operationName: 'A__calls__1',
  variables: {},
  act: false,
  selection: SELECTION,
  alike: 'calls query',
};
const of = (id: string, others: Partial<EntityRequest> = {}): EntityRequest => ({ ...REQUEST, representations: [{ __typename: 'T', id }], ...others });
const entity = (id: string) => ({ data: { _entities: [{ id }] }, errors: [] });

/** A service that answers each representation with its id, but fails as it is told. */
function service(fails: (id: unknown, place: number) => SubgraphAnswer['errors'] = () => []) {
  const asked: SubgraphRequest[] = [];
  const ask = createBatches(async (_, request) => {
    asked.push(request);
    const representations = request.variables['representations'] as { id: string }[];
    const errors = representations.flatMap(({ id }, place) => fails(id, place));
    return { data: { _entities: representations.map(({ id }) => ({ id })) }, errors };
  });
  return { asked, ask };
}

describe('requests for entities', () => {
  it('that ask the same at the same moment go as one, and each has its own', async () => {
    const { ask, asked } = service();
    const answers = await Promise.all([
      ask(of('1')),
      ask(of('2', { query: 'query A__calls__7', operationName: 'A__calls__7' })),
      Promise.resolve().then(() => ask(of('3'))),
    ]);
    expect(answers).toEqual(['1', '2', '3'].map(entity));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ operationName: 'A__calls__1', variables: { representations: [{ id: '1' }, { id: '2' }, { id: '3' }] } });
  });

  it('that differ in service, fields or variables go apart, and so do those that come later', async () => {
    const { ask, asked } = service();
    await Promise.all([
      ask(of('1')),
      ask(of('1', { service: 'victims' })),
      ask(of('1', { alike: 'other' })),
      ask(of('1', { variables: { a: 1 } })),
      ask(of('1', { alike: undefined })),
    ]);
    await ask(of('1'));
    expect(asked).toHaveLength(6);
  });

  it('have errors of their own at their own places, and those without a place once', async () => {
    const error = (path: (string | number)[], affected?: number) => ({
      message: 'no',
      path,
      extensions: { code: 'NOT_FOUND' as never, ...(affected === undefined ? {} : { affected }) },
    });
    const { ask } = service((id, place) => (id === '2' ? [error(['_entities', place, 'name']), error([], 2)] : []));
    const [one, two] = await Promise.all([ask(of('1')), ask(of('2'))]);
    expect(one?.errors).toEqual([error([], 2)]);
    expect(two?.errors).toEqual([error(['_entities', 0, 'name'])]);
  });

  it('that fail as a whole fail for all', async () => {
    const ask = createBatches(async () => ({
      data: null,
      errors: [{ message: 'down', path: ['_entities', 0, 'name'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', affected: 2 } }],
    }));
    const [one, two] = await Promise.all([ask(of('1')), ask(of('2'))]);
    expect([one?.data, two?.data]).toEqual([null, null]);
    expect([one?.errors[0]?.extensions['affected'], two?.errors[0]?.extensions['affected']]).toEqual([2, 0]);
  });
});
