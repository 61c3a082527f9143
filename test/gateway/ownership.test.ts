import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOwnership } from '../../gateway/ownership.ts';
import { createSharedLists } from '../../gateway/shared-lists.ts';
import { readSupergraph } from '../../gateway/supergraph.ts';

const { schema } = readSupergraph(resolve(import.meta.dirname, '../../schema/supergraph.graphql'));
const ownership = readOwnership(schema);
const sharedLists = createSharedLists(schema, ownership);
const ALL = ['agencies', 'calls', 'referrals', 'victims'];

describe('what the supergraph says about who answers what', () => {
  it.each([
    ['Query', 'statistics', ALL],
    ['Query', 'call', ['calls']],
    ['StatisticsCell', 'id', ALL],
    ['StatisticsCell', 'period', ALL],
    ['StatisticsCell', 'calls', ['calls']],
    ['Period', 'from', ALL],
    ['Province', 'id', ALL],
    ['Province', 'nameVi', ['agencies']],
    ['CallStatistics', 'total', ['calls']],
    ['Query', 'nothing', []],
    ['Nothing', 'id', []],
  ])('%s.%s: %j', (type, field, services) => {
    expect(ownership.servicesOf(type, field).toSorted()).toEqual(services);
  });

  it('has one list that several make: the statistics', () => {
    const lists = [...ownership.sharedLists].map(([name, { type, key, services }]) => [name, type.name, key, services.toSorted()]);
    expect(lists).toEqual([['statistics', 'StatisticsCell', 'id', ALL]]);
  });
});

describe('the operation of a fetch', () => {
  const flat = (query: string | undefined) => query?.replaceAll(/\s+/g, ' ');
  const query = `query ($period: PeriodInput!, $with: Boolean!, $id: ID!) {
    statistics(period: $period) { __typename period { from } province { __typename id nameVi @include(if: $with) } agency { nameVi } calls { total } }
    call(id: $id) { id }
  }`;

  it('without a list that several make is left alone', () => {
    expect(sharedLists('{ call(id: "1") { id } }')).toBeNull();
    expect(sharedLists('mutation { callRecord(input: {}) { record { id } } }')).toBeNull();
    expect(
      sharedLists('query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on StatisticsCell { calls { total } } } }'),
    ).toBeNull();
  });

  it('asks for the keys besides, last', () => {
    const shared = sharedLists(query);
    expect(flat(shared?.query)).toContain('calls { total } entityKey: id }');
    expect(shared).toMatchObject({ key: 'entityKey', names: ['statistics'] });
    expect(shared?.services.toSorted()).toEqual(ALL);
    expect(sharedLists(query)).toBe(shared);
  });

  it('for another subgraph has what that one can answer, and uses every variable', () => {
    const standIn = sharedLists(query)?.standIn('victims');
    expect(flat(standIn?.query)).toBe(
      'query ($period: PeriodInput!) { statistics(period: $period) { __typename period { from } province { __typename id } agency { __typename } entityKey: id } }',
    );
    expect([...(standIn?.variables ?? [])]).toEqual(['period']);
    expect(standIn?.lacking).toEqual([
      ['statistics', 'province', 'nameVi'],
      ['statistics', 'agency', 'nameVi'],
      ['statistics', 'calls'],
    ]);
  });

  it('for another subgraph has what fragments say, in its place', () => {
    const standIn = sharedLists(`query ($period: PeriodInput!) { cells: statistics(period: $period) { ...Place ... on StatisticsCell { calls { ...Total } } } }
      fragment Place on StatisticsCell { period { to } province { ...Name } } fragment Name on Province { name: nameVi } fragment Total on CallStatistics { total }`)?.standIn(
      'victims',
    );
    expect(flat(standIn?.query)).toBe(
      'query ($period: PeriodInput!) { cells: statistics(period: $period) { ... on StatisticsCell { period { to } province { ... on Province { __typename } } } ... on StatisticsCell { __typename } entityKey: id } }',
    );
    expect(standIn?.lacking).toEqual([
      ['cells', 'province', 'name'],
      ['cells', 'calls'],
    ]);
  });
});
