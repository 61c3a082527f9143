import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Planner, startPlanner } from '../../../gateway/execution/planner.ts';
import { stripPolicies } from '../../../gateway/policy/index.ts';

const SUPERGRAPH = stripPolicies(readFileSync(resolve(import.meta.dirname, '../../../schema/supergraph.graphql'), 'utf8'));
const PLAIN = '{ statistics(period: {from: "2021-01-01", to: "2021-12-31"}) { calls { total } } }';

/** Twelve types of one interface in two subgraphs, each with a field that leads back to the interface: what is selected four deep has 12 ** 4 ways. */
function explosive(): { supergraph: string; operation: (depth: number) => string } {
  const types = Array.from({ length: 12 }, (_, index) => `T${index}`);
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
  const subgraph = (own: string) => `${link}
    type Query { ${own}: [Node] @shareable }
    interface Node { id: ID! ${own}Next: Node }
    ${types.map((type) => `type ${type} implements Node @key(fields: "id") { id: ID! ${own}Next: Node ${own}${type}: String }`).join('\n')}`;
  const { supergraphSdl, errors } = composeServices(['a', 'b'].map((name) => ({ name, url: `http://${name}`, typeDefs: parse(subgraph(name)) })));
  if (supergraphSdl === undefined) throw new Error(errors?.join('\n'));
  const deep = (depth: number): string =>
    depth === 0 ? '{ id }' : `{ ${types.map((type) => `... on ${type} { a${type} b${type} ${depth % 2 ? 'aNext' : 'bNext'} ${deep(depth - 1)} }`).join(' ')} }`;
  return { supergraph: supergraphSdl, operation: (depth: number) => `{ a ${deep(depth)} }` };
}

describe('the planner', () => {
  let planner: Planner;
  beforeAll(async () => {
    planner = await startPlanner(SUPERGRAPH);
  });
  afterAll(() => planner.close());

  it('plans in a thread of its own, one operation after the other', async () => {
    const plans = await Promise.all(Array.from({ length: 5 }, () => planner.plan(PLAIN)));
    expect(plans.map(({ node }) => node?.kind)).toEqual(Array(5).fill(plans[0]?.node?.kind));
    expect(plans[0]?.node).toBeDefined();
  });

  it('says what is wrong with an operation that cannot be planned, and goes on', async () => {
    await expect(planner.plan('{ nothing }')).rejects.toThrow(/nothing/);
    expect((await planner.plan(PLAIN)).node).toBeDefined();
  });

  it('is refused what is no supergraph', async () => {
    await expect(startPlanner('type Query { a: Int }')).rejects.toThrow();
  });

  it('answers nobody once it is closed', async () => {
    const own = await startPlanner(SUPERGRAPH);
    const waiting = own.plan(PLAIN);
    const closed = own.close();
    await expect(waiting).rejects.toThrow(/closed/);
    await closed;
    await expect(own.plan(PLAIN)).rejects.toThrow(/closed/);
  });
});

describe('an operation that would be planned for too long', () => {
  it('is refused as such where the planner itself counts too much of it', async () => {
    const { supergraph, operation } = explosive();
    const own = await startPlanner(supergraph, { timeoutMs: 20_000 });
    await expect(own.plan(operation(4))).rejects.toMatchObject({
      extensions: { code: 'LIMIT_EXCEEDED' },
      message: expect.stringContaining('selections of the planner'),
    });
    await own.close();
  });

  it('ends in an error that says so, and the event loop and the next operation do not wait for it', async () => {
    const { supergraph, operation } = explosive();
    const own = await startPlanner(supergraph, { timeoutMs: 400 });
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    try {
      const bomb = own.plan(operation(3));
      await expect(bomb).rejects.toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED' }, message: expect.stringContaining('400 ms') });
      expect((await own.plan('{ a { id } }')).node).toBeDefined();
    } finally {
      clearInterval(watch);
      await own.close();
    }
    // The machine may be busy; planning to the end would take a second and more.
    expect(longest).toBeLessThan(400);
  });
});
