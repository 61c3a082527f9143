import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createEntityRequests, type EntityRequest } from '../../../gateway/execution/entities.ts';
import { readSelection } from '../../../gateway/selection.ts';
import type { SubgraphAnswer, SubgraphRequest } from '../../../gateway/execution/run.ts';

const SELECTION = readSelection(
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on T { name size } } }',
  buildSchema('scalar _Any union _Entity = T type T { name: String size: Int } type Query { _entities(representations: [_Any!]!): [_Entity]! }'),
);
const REQUEST = {
  service: 'calls',
  query: 'query A__calls__1',
  operationName: 'A__calls__1',
  variables: {},
  act: false,
  selection: SELECTION,
  alike: 'calls query',
};
type Told = Readonly<Record<string, unknown>>;
const about = (representations: readonly Told[], others: Partial<EntityRequest> = {}): EntityRequest => ({ ...REQUEST, representations, ...others });
const of = (id: string, others: Partial<EntityRequest> = {}) => about([{ __typename: 'T', id }], others);

/** What a service would answer: an object of its own for each representation, or null. */
const entityOf = (told: Told) => (told['id'] === '' ? null : { of: JSON.stringify(told), parts: [{ list: [1, 'two', null] }], none: null });
const answerTo = (...ids: string[]) => ({ data: { _entities: ids.map((id) => entityOf({ __typename: 'T', id })) }, errors: [] });

/** A service that answers each representation with an entity, but fails as it is told. */
function service(fails: (id: unknown, place: number) => SubgraphAnswer['errors'] = () => []) {
  const asked: SubgraphRequest[] = [];
  const ask = createEntityRequests(async (_, request) => {
    asked.push(request);
    const representations = request.variables['representations'] as Told[];
    const errors = representations.flatMap(({ id }, place) => fails(id, place));
    return { data: { _entities: representations.map(entityOf) }, errors };
  });
  const idsAsked = () => asked.map(({ variables }) => (variables['representations'] as Told[]).map(({ id }) => id));
  return { asked, idsAsked, ask };
}

const error = (path: (string | number)[], affected?: number) => ({
  message: 'no',
  path,
  extensions: { code: 'RECORD_NOT_FOUND' as const, ...(affected === undefined ? {} : { affected }) },
});

describe('requests for entities', () => {
  it('that ask the same at the same moment go as one, and each has its own', async () => {
    const { ask, asked, idsAsked } = service();
    const answers = await Promise.all([
      ask(of('1')),
      ask(of('2', { query: 'query A__calls__7', operationName: 'A__calls__7' })),
      Promise.resolve().then(() => ask(of('3'))),
    ]);
    expect(answers).toEqual(['1', '2', '3'].map((id) => answerTo(id)));
    expect(idsAsked()).toEqual([['1', '2', '3']]);
    expect(asked[0]?.operationName).toBe('A__calls__1');
  });

  it('ask for no entity a second time, whether it has been answered or is on its way', async () => {
    const { ask, idsAsked } = service();
    const first = ask(of('1'));
    await new Promise(setImmediate);
    const [second, third] = await Promise.all([ask(about(['2', '1'].map((id) => ({ __typename: 'T', id })))), first.then(() => ask(of('1')))]);
    expect([await first, second, third]).toEqual([answerTo('1'), answerTo('2', '1'), answerTo('1')]);
    expect(idsAsked()).toEqual([['1'], ['2']]);
  });

  it('get what came, whatever was done meanwhile to what others got', async () => {
    const { ask } = service();
    const first = await ask(of('1'));
    for (const object of objectsIn(first.data)) Object.assign(object, { written: true });
    expect(await ask(of('1'))).toEqual(answerTo('1'));
  });

  it('that differ in service, fields or variables go apart', async () => {
    const { ask, asked } = service();
    await Promise.all([
      ask(of('1')),
      ask(of('1', { service: 'victims' })),
      ask(of('1', { alike: 'other' })),
      ask(of('1', { variables: { a: 1 } })),
      ask(of('1', { alike: undefined })),
    ]);
    expect(asked).toHaveLength(5);
  });

  it('have errors at all their own places, also of entities that another asked for', async () => {
    const { ask } = service((id, place) => (id === '2' ? [error(['_entities', place, 'name'])] : []));
    const [one, two, three] = await Promise.all([ask(of('1')), ask(of('2')), ask(about(['1', '2', '2'].map((id) => ({ __typename: 'T', id }))))]);
    expect(one?.errors).toEqual([]);
    expect(two?.errors).toEqual([error(['_entities', 0, 'name'])]);
    expect(three?.errors).toEqual([error(['_entities', 1, 'name']), error(['_entities', 2, 'name'])]);
  });

  it('that fail as a whole fail for all, each with its own count of fields', async () => {
    const ask = createEntityRequests(async () => ({ data: null, errors: [error([], 99)] }));
    const [one, two] = await Promise.all([ask(of('1')), ask(about(['2', '3'].map((id) => ({ __typename: 'T', id }))))]);
    expect(one).toEqual({ data: null, errors: [error(['_entities', 0, 'name'], 2)] });
    expect(two).toEqual({ data: null, errors: [error(['_entities', 0, 'name'], 4)] });
  });
});

/** Representations as the executor writes them: few different ones, with keys, required objects and nulls. */
const representation: fc.Arbitrary<Told> = fc.record({
  __typename: fc.constantFrom('Province', 'StatisticsCell'),
  id: fc.constantFrom('a', 'b', 'c', 'á', '', '"'),
  calls: fc.option(fc.record({ total: fc.integer({ min: 0, max: 2 }) })),
});
const requests = fc.array(fc.record({ told: fc.array(representation, { minLength: 1, maxLength: 30 }), turns: fc.integer({ min: 0, max: 2 }) }), {
  minLength: 1,
  maxLength: 4,
});
const alike = fc.constantFrom(undefined, 'calls query');

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

async function afterTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
}

describe('entities', () => {
  it('come back as if each had been asked for, no two with an object in common, and are asked for once each', async () => {
    await fc.assert(
      fc.asyncProperty(requests, alike, async (wanted, likeness) => {
        const { ask, asked } = service();
        const answers = await Promise.all(
          wanted.map(async ({ told, turns }) => {
            await afterTurns(turns);
            return await ask(about(told, { alike: likeness }));
          }),
        );
        const entities = answers.map(({ data }) => data?.['_entities'] as unknown[]);
        expect(entities).toEqual(wanted.map(({ told }) => told.map(entityOf)));
        const objects = objectsIn(entities).slice(1 + entities.length);
        expect(new Set(objects).size).toBe(objects.length);
        const sent = asked.map(({ variables }) => variables['representations'] as Told[]);
        expect(asked.map(({ texts }) => texts)).toEqual(sent.map((all) => all.map((one) => JSON.stringify(one))));
        const distinct = (all: readonly Told[]) => new Set(all.map((one) => JSON.stringify(one))).size;
        const needed = likeness === undefined ? wanted.map(({ told }) => distinct(told)) : [distinct(wanted.flatMap(({ told }) => told))];
        expect(sent.flat()).toHaveLength(needed.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  it('may have a field that is called __proto__', async () => {
    const entity = JSON.parse('{"__proto__": {"polluted": true}, "id": "a"}') as object;
    const ask = createEntityRequests(async () => ({ data: { _entities: [entity] }, errors: [] }));
    const { data } = await ask(about([0, 1].map(() => ({ __typename: 'T', id: 'a' }))));
    const [, second] = (data?.['_entities'] ?? []) as object[];
    expect(Object.keys(second ?? {})).toEqual(['__proto__', 'id']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
