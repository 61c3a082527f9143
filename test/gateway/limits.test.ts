import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type OperationDefinitionNode, parse } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Role, scopesOf } from '#schema/access.ts';
import { composeSubgraphs } from '../../schema/check/composition.ts';
import { readSubgraphSources } from '../../schema/check/subgraph-sources.ts';
import { BOUNDS, COST_BOUNDS, costBound, costOf, measureShape } from '../../gateway/limits/index.ts';
import type { AskAs } from '../testkit/tokens.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const COORDINATOR: AskAs = { roles: ['coordinator'], agency: 'c02', subject: 'coordinator' };
const { composition } = composeSubgraphs(readSubgraphSources(PROJECT).sources);
if (composition === null) throw new Error('the subgraphs do not compose');
const { apiSchema } = composition;

const times = (count: number, part: (index: number) => string) => Array.from({ length: count }, (_, index) => part(index)).join(' ');
const nested = (depth: number) => `${'{ node(id: "x") '.repeat(depth)}{ id }${' }'.repeat(depth)}`;
/** Two to the power of `levels` fields, in so many short fragments. */
const bomb = (levels: number) =>
  `{ ...F0 } ${times(levels, (level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`)} fragment F${levels} on Query { openCases }`;

function cost(text: string, variables: Record<string, unknown> = {}): number {
  const document = parse(text);
  return costOf(apiSchema, document, document.definitions[0] as OperationDefinitionNode, variables);
}

describe('an operation', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGatewayUnderTest();
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.reset());

  const refused: Record<string, readonly [limit: keyof typeof BOUNDS, query: string, measured: number | null]> = {
    'LIM-01 of too many tokens': ['tokens', `{ ${times(1_001, () => 'a')} }`, 1_003],
    'LIM-02 that is too deep': ['depth', nested(40), 41],
    'LIM-03 that is too deep through fragments': [
      'depth',
      `{ ...A0 } ${times(20, (i) => `fragment A${i} on Query { node(id: "x") { ...A${i + 1} } }`)} fragment A20 on Query { openCases }`,
      21,
    ],
    'LIM-04 of too many aliases': ['aliases', `{ a { ${times(31, (i) => `a${i}: openCases`)} } }`, 31],
    'LIM-05 of too many aliases of __typename': ['aliases', `{ a { ${times(200, (i) => `a${i}: __typename`)} } }`, 200],
    'LIM-06 of too many directives': ['directives', `{ openCases ${times(31, () => '@skip(if: false)')} }`, 31],
    'LIM-07 of too many directives on itself': ['directives', `query ${times(31, () => '@a')} { openCases }`, 31],
    'LIM-08 of too many root fields': ['rootFields', `{ ${times(21, () => 'openCases')} }`, 21],
    'LIM-09 of too many root fields through fragments': [
      'rootFields',
      `{ ${times(3, () => '...A')} } fragment A on Query { ${times(7, () => 'openCases')} }`,
      21,
    ],
    'LIM-10 that is a fragment bomb': ['rootFields', bomb(40), 2 ** 40],
    'LIM-11 that is a fragment bomb below a field': ['fields', bomb(40).replace('{ ...F0 }', '{ a { ...F0 } }'), 2 ** 40 + 1],
    'LIM-12 whose fragments go round in circles': ['depth', '{ ...A } fragment A on Query { a { ...B } } fragment B on Query { a { ...A } }', null],
    'LIM-13 of too many definitions': ['definitions', `{ openCases } ${times(50, (i) => `fragment A${i} on Query { openCases }`)}`, 51],
  };
  for (const [what, [limit, query, measured]] of Object.entries(refused)) {
    it(`${what} MUST be refused, with what was measured and the bound`, async () => {
      const { status, data, errors } = await gateway.ask(query);
      expect({ status, data }).toEqual({ status: 400, data: undefined });
      expect(errors).toEqual([
        {
          message: expect.stringContaining(`at most ${BOUNDS[limit]}, got ${measured ?? '∞'}`),
          extensions: { code: 'LIMIT_EXCEEDED', limit, measured, bound: BOUNDS[limit] },
        },
      ]);
    });
  }

  for (const variables of [{ many: Array(1_000).fill(1) }, { deep: Array.from({ length: 1_000 }).reduce<unknown>((inner) => [inner], 1) }]) {
    it(`LIM-14 of too many values in variables MUST be refused: ${Object.keys(variables)[0]}`, async () => {
      const { status, errors } = await gateway.ask('{ openCases }', variables);
      expect({ status, errors }).toMatchObject({
        status: 400,
        errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'variables', measured: 1_001, bound: 1_000 } }],
      });
    });
  }

  it('LIM-15 with very many faults MUST be told few of them', async () => {
    const { errors } = await gateway.ask(`{ ${times(20, (i) => `nothing${i}`)} }`);
    expect(errors?.length).toBeLessThanOrEqual(6);
  });

  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', '__typename', '__schema']) {
    it(`POL-01 with a name that objects of JavaScript have MUST be refused: ${name}`, async () => {
      for (const query of [
        `{ ${name}: openCases }`,
        `query ($${name}: ID) { openCases }`,
        `{ ...${name} } fragment ${name} on Query { openCases }`,
        `query ${name} { openCases }`,
      ])
        expect(await gateway.ask(query)).toMatchObject({ status: 400, errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    });
  }

  it('POL-02 with keys in JSON that reach prototypes MUST be refused', async () => {
    for (const body of [
      '{"query":"{openCases}","__proto__":{"admin":true}}',
      '{"query":"{openCases}","variables":{"__proto__":{"admin":true}}}',
      '{"query":"{openCases}","variables":{"constructor":{"prototype":{"admin":true}}}}',
    ]) {
      const answer = await gateway.send('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', ...(await gateway.identify()) }, body });
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    }
  });

  it('POL-03 MUST NOT be reached by a hostile subgraph through keys of its answer', async () => {
    const hostile = '{"data":{"__proto__":{"admin":true},"openCases":3,"constructor":{"prototype":{"admin":true}}},"extensions":{"__proto__":{"admin":true}}}';
    for (const fake of Object.values(gateway.subgraphs))
      fake.behave((response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(hostile));
    const { text } = await gateway.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await gateway.identify()) },
      body: '{"query":"{openCases}"}',
    });
    expect(text).not.toMatch(/admin|__proto__/);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('LIM-16 of the worst 64 kB MUST be refused, or answered, in less than 200 ms', async () => {
    const worst = {
      'fields alike': `{ ${times(990, () => 'a')} }`,
      'fields alike with arguments': `{ a { ${times(160, (i) => `a(b: ${i})`)} } }`,
      'spreads of each other': `{ ...A0 } ${times(24, (i) => `fragment A${i} on Query { ${times(18, (j) => `...A${j + i + 1}`)} }`)}`,
      'nested as deep as can be': '{a'.repeat(333) + '}'.repeat(333),
      'lists in lists': `{ a(b: ${'['.repeat(490)}${']'.repeat(490)}) }`,
      'a text of 60 kB': `{ a(b: "${'x'.repeat(60_000)}") }`,
      'commas of 60 kB': `{ a ${','.repeat(60_000)} }`,
      'unfinished text': `{ a(b: "${'\\u00e1'.repeat(10_000)}`,
      variables: `query (${times(240, (i) => `$v${i}: Int`)}) { openCases }`,
    };
    for (const [what, query] of Object.entries(worst)) {
      // The best of three, each another text that nobody remembers: a busy machine has slow moments.
      const taken: number[] = [];
      for (const mark of ['', '\n', '\n\n']) {
        const before = performance.now();
        await gateway.ask(query + mark);
        taken.push(performance.now() - before);
      }
      expect(Math.min(...taken), what).toBeLessThan(200);
    }
  });
});

describe('the bounds', () => {
  const folder = join(PROJECT, 'schema/operations');
  const roles: Record<string, Role> = {
    Agencies: 'public',
    Provinces: 'public',
    CoordinationPlans: 'public',
    AgencyUpsert: 'secretary',
    PlanUpsert: 'secretary',
  };

  for (const file of readdirSync(folder)) {
    it(`leave the document ${file} room, with its example of variables`, () => {
      const text = readFileSync(join(folder, file), 'utf8');
      const document = parse(text);
      const shape = measureShape(document);
      for (const limit of ['depth', 'rootFields', 'fields', 'aliases', 'directives', 'definitions'] as const)
        expect(shape[limit], limit).toBeLessThanOrEqual(BOUNDS[limit] / 2);
      const variables = JSON.parse(/^# variables: ?(.*)$/m.exec(text)?.[1] ?? '{}') as Record<string, unknown>;
      // What no one role is named for is asked by officers as well as coordinators, whose bound is higher.
      const bound = COST_BOUNDS[roles[file.replace('.graphql', '')] ?? 'officer'];
      expect(cost(text, variables)).toBeLessThanOrEqual(bound / 2);
    });
  }

  it('refuse a list of 500 in a list of 500 to everybody, however it is written', () => {
    const list = (size: string) => `agencies { handoversSent(${size}) { nodes { case { handovers(${size}) { nodes { id } } } } } }`;
    const most = Math.max(...Object.values(COST_BOUNDS));
    expect(cost(`{ referralCases(first: 500) { nodes { handovers(first: 500) { nodes { id } } } } }`)).toBeGreaterThan(most);
    expect(cost(`{ referralCases(last: 500) { edges { node { victims(last: 500) { edges { cursor } } } } } }`)).toBeGreaterThan(most);
    expect(
      cost(`query ($n: Int) { referralCases(first: $n) { ...A } } fragment A on ReferralCaseConnection { nodes { handovers(first: $n) { nodes { id } } } }`, {
        n: 500,
      }),
    ).toBeGreaterThan(most);
    expect(cost(`query ($n: Int = 500) { referralCases(first: $n) { nodes { handovers(first: $n) { nodes { id } } } } }`)).toBeGreaterThan(most);
    expect(cost(`{ ${list('first: 500')} }`)).toBeGreaterThan(most);
  });

  it('count a page of 50 where none is asked for', () => {
    expect(cost('{ calls { nodes { id } } }')).toBe(cost('{ calls(first: 50) { nodes { id } } }'));
    expect(cost('{ calls(first: 10) { totalCount nodes { id } } }')).toBe(1 + 1 + 10 * (2 + 4));
    expect(cost('query ($n: Int) { calls(first: $n, last: 7) { nodes { id } } }', { n: null })).toBe(1 + 7 * (2 + 4));
  });

  it('count statistics by their cells as far as arguments tell, at most 10,000', () => {
    const statistics = (rest: string, variables = {}) =>
      cost(`query ($by: [Dimension!] = []) { statistics(period: {from: "2025-01-01", to: "2025-12-31"}${rest}) { id } }`, variables);
    expect(statistics('')).toBe(1 + 1);
    expect(statistics(', interval: MONTH')).toBeGreaterThanOrEqual(1 + 12);
    expect(statistics(', by: $by', { by: ['PROVINCE'] })).toBe(1 + 65);
    expect(statistics(', interval: DAY, by: [PROVINCE, AGENCY]')).toBe(1 + 10_000);
  });

  it('are those of the dearest of the caller’s roles', () => {
    for (const role of ['officer', 'coordinator', 'secretary', 'developer'] as const) expect(costBound({ scopes: scopesOf([role]) })).toBe(COST_BOUNDS[role]);
    expect(costBound({ scopes: scopesOf(['officer', 'coordinator']) })).toBe(COST_BOUNDS.coordinator);
    expect(costBound({ scopes: [] })).toBe(COST_BOUNDS.public);
  });
});

describe('LIM-17 an operation of the real graph that costs too much', () => {
  it('MUST be refused before anything is fetched', async () => {
    await using gateway = await startGatewayUnderTest({ env: { SUPERGRAPH_FILE: join(PROJECT, 'schema/supergraph.graphql') } });
    const { status, errors } = await gateway.ask(
      '{ referralCases(first: 500) { nodes { handovers(first: 500) { nodes { id } } } } }',
      {},
      {},
      { as: COORDINATOR },
    );
    expect({ status, errors }).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'cost', measured: 1_503_001, bound: COST_BOUNDS.coordinator } }],
    });
    for (const fake of Object.values(gateway.subgraphs)) expect(fake.received).toEqual([]);
  });
});
