import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { Kind, type OperationDefinitionNode, parse, print, validate, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../gateway/limits/index.ts';
import { readSupergraph } from '../../gateway/supergraph.ts';

const { schema } = readSupergraph(resolve(import.meta.dirname, '../../schema/supergraph.graphql'));
const SEED = Date.now() % 2 ** 31;

type Variables = Readonly<Record<string, unknown>>;

describe(`the cost of an operation that is asked again and again (seed ${SEED})`, () => {
  it('is that of the same operation with its variables written out', () => {
    const costs = new Set<number>();
    fc.assert(
      fc.property(operations(), fc.array(variables(), { minLength: 1, maxLength: 5 }), (text, requests) => {
        const document = parse(text);
        expect(validate(schema, document).filter(({ message }) => !/conflict|never used/.test(message))).toEqual([]);
        for (const values of requests) {
          const cost = costOf(schema, document, document.definitions[0] as OperationDefinitionNode, values);
          const written = parse(writtenOut(text, values));
          expect(cost, text).toBe(costOf(schema, written, written.definitions[0] as OperationDefinitionNode, {}));
          costs.add(cost);
        }
      }),
      { numRuns: 500, seed: SEED },
    );
    expect(costs.size).toBeGreaterThan(200);
  });

  it('is worked out once for a fragment, however often that is spread', () => {
    const spread = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`).join(' ');
    const text = `query ($n: Int) { ...F0 } ${spread} fragment F40 on Query { calls(first: $n) { nodes { id } } }`;
    const document = parse(text);
    const cost = (n: number) => costOf(schema, document, document.definitions[0] as OperationDefinitionNode, { n });
    expect([cost(10), cost(20)]).toEqual([2 ** 40 * (1 + 10 * 6), 2 ** 40 * (1 + 20 * 6)]);
  });
});

function writtenOut(text: string, values: Variables): string {
  const document = parse(text);
  const { variableDefinitions = [] } = document.definitions[0] as OperationDefinitionNode;
  const defaults = new Map(variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue && print(defaultValue)]));
  const value = (name: string) => (Object.hasOwn(values, name) ? JSON.stringify(values[name]).replace(/"(\w+)"/g, '$1') : (defaults.get(name) ?? 'null'));
  return print(
    visit(document, {
      [Kind.VARIABLE_DEFINITION]: () => null,
      [Kind.VARIABLE]: ({ name }) => ({ kind: Kind.ENUM, value: value(name.value) }),
    }),
  );
}

function variables(): fc.Arbitrary<Variables> {
  const size = fc.oneof(fc.nat(500), fc.constant(null));
  const day = fc.constantFrom('2021-01-01', '2021-03-31', '2024-12-31', 'no day');
  const period = fc.record({ from: day, to: day });
  const interval = fc.constantFrom('DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', null);
  const by = fc.oneof(fc.subarray(['PROVINCE', 'AGENCY']), fc.constantFrom('PROVINCE'));
  return fc.record({ n: size, m: size, period, interval, by }, { requiredKeys: [] });
}

/** Lists, pages in pages and statistics, of sizes that are written or variables; in fragments that are spread at several places. */
function operations(): fc.Arbitrary<string> {
  const set = (...selections: fc.Arbitrary<string>[]) => fc.array(fc.oneof(...selections), { minLength: 1, maxLength: 3 }).map((all) => `{ ${all.join(' ')} }`);
  const page = fc.constantFrom('', '(first: $n)', '(last: $m)', '(first: $n, last: $m)', '(first: 7)', '(first: null, last: $n)');
  const pages = (name: string, record: fc.Arbitrary<string>) =>
    fc
      .tuple(page, set(fc.constant('totalCount'), field('nodes', record), field('edges', set(fc.constant('cursor'), field('node', record)))))
      .map(([size, below]) => `${name}${size} ${below}`);
  const field = (name: string, below: fc.Arbitrary<string>) => below.map((inside) => `${name} ${inside}`);
  const handover = set(fc.constantFrom('id', '... on Handover { id }'));
  const referralCase = set(fc.constant('id'), pages('handovers', handover), fc.constant('...OfCase'));
  const statistics = fc
    .tuple(
      fc.constantFrom('$period', '{ from: "2021-01-01", to: "2021-12-31" }'),
      fc.constantFrom('', ', interval: $interval', ', interval: WEEK'),
      fc.constantFrom('', ', by: $by', ', by: [PROVINCE]'),
      set(fc.constantFrom('id', 'calls { total byCategory { __typename } }', '... on StatisticsCell { province { id } }')),
    )
    .map(([period, interval, by, below]) => `statistics(period: ${period}${interval}${by}) ${below}`);
  const root = set(
    pages('referralCases', referralCase),
    pages('calls', set(fc.constant('id'))),
    field('agencies', set(fc.constant('id'), pages('handoversSent', handover))),
    fc.constantFrom('provinces { id }', '...OfQuery', '__schema { types { name } }', '... on Query { ...OfQuery }'),
    statistics,
  );
  return fc
    .tuple(
      fc.constantFrom('', ' = 20'),
      fc.constantFrom(' = []', ' = [AGENCY]'),
      root,
      set(pages('handovers', handover)),
      set(statistics, pages('calls', set(fc.constant('id')))),
    )
    .map(
      ([size, by, selections, ofCase, ofQuery]) =>
        `query ($n: Int${size}, $m: Int, $period: PeriodInput! = { from: "2025-01-01", to: "2025-01-31" }, $interval: Interval, $by: [Dimension!]!${by}) ` +
        `${selections} fragment OfCase on ReferralCase ${ofCase} fragment OfQuery on Query ${ofQuery}`,
    );
}
