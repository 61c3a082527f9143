import { hash } from 'node:crypto';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueryPlan } from '@apollo/query-planner';
import { answerEntities } from './kit/fake-subgraph.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const FIGURES = `query ($cells: Int!) {
  statistics(period: {from: "2021-01-01", to: "2021-12-31"}, cells: $cells) { id calls { total } referrals { cases } victims { persons } }
}`;
const NAMES = 'query ($count: Int!) { recentCalls(count: $count) { id province { name } } }';

let gateway: GatewayUnderTest;
const plans: QueryPlan[] = [];
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ onQueryPlan: (plan) => plans.push(plan) });
});
afterAll(() => gateway?.stop());
beforeEach(() => {
  gateway.reset();
  plans.length = 0;
});

const received = (name: string) => gateway.subgraph(name).received;

describe('an operation over three parts', () => {
  for (const cells of [1, 408]) {
    it(`takes one request per subgraph, in one parallel wave after the cells, with ${cells} cells`, async () => {
      const { data } = await gateway.ask(FIGURES, { cells });
      expect(data.statistics).toHaveLength(cells);
      expect(Object.keys(gateway.subgraphs).map((name) => [name, received(name).length])).toEqual([
        ['agencies', 1],
        ['calls', 1],
        ['referrals', 1],
        ['victims', 1],
      ]);
      for (const name of ['calls', 'referrals', 'victims']) expect(received(name)[0]?.variables.representations).toHaveLength(cells);
      expect(plans[0]?.node).toMatchObject({ kind: 'Sequence', nodes: [{ kind: 'Fetch', serviceName: 'agencies' }, { kind: 'Parallel' }] });
    });
  }

  it('is known to all services by the SHA-256 of its text as the client sent it', async () => {
    const text = `# Số liệu\n${FIGURES}`;
    await gateway.ask(text, { cells: 1 });
    const hashes = Object.keys(gateway.subgraphs).flatMap((name) =>
      received(name).map(({ headers }) => decodeJwt(String(headers.authorization?.split(' ')[1]))['oph']),
    );
    expect(hashes).toEqual(Array(4).fill(hash('sha256', text, 'base64url')));
  });

  it('is logged with its fetches', async () => {
    await gateway.ask(FIGURES, { cells: 3 });
    const { fetches } = gateway.log.find(({ msg }) => msg === 'request') as unknown as { fetches: Record<string, unknown>[] };
    expect(fetches.map(({ service, outcome, entities }) => [service, outcome, entities]).sort()).toEqual([
      ['agencies', 'ok', 0],
      ['calls', 'ok', 3],
      ['referrals', 'ok', 3],
      ['victims', 'ok', 3],
    ]);
  });
});

describe('an entity that is in many places', () => {
  it('is fetched once and is in all of them', async () => {
    const { data } = await gateway.ask(NAMES, { count: 300 });
    expect(received('agencies').map(({ variables }) => variables.representations)).toEqual([['P0', 'P1', 'P2'].map((id) => ({ __typename: 'Province', id }))]);
    expect(data.recentCalls).toEqual(Array.from({ length: 300 }, (_none, index) => ({ id: `call-${index}`, province: { name: `Tỉnh P${index % 3}` } })));
  });

  it('that has an error is told with the first of its places, and how many there are', async () => {
    gateway
      .subgraph('agencies')
      .behave(
        answerEntities(
          (entities) => entities.map((entity, index) => (index === 1 ? { ...entity, name: null } : entity)),
          [{ message: 'no name', path: ['_entities', 1, 'name'], extensions: { code: 'BAD_CELL_ID' } }],
        ),
      );
    const { data, errors } = await gateway.ask(NAMES, { count: 30 });
    expect(errors).toEqual([
      { message: 'no name', path: ['recentCalls', 1, 'province', 'name'], extensions: { code: 'BAD_CELL_ID', service: 'agencies', affected: 10 } },
    ]);
    expect(data.recentCalls.slice(0, 3).map(({ province }: { province: unknown }) => province)).toEqual([
      { name: 'Tỉnh P0' },
      { name: null },
      { name: 'Tỉnh P2' },
    ]);
  });

  it('comes to every place, whatever the places are', async () => {
    const province = fc.constantFrom('P1', 'P2', 'P3', null);
    await fc.assert(
      fc.asyncProperty(fc.array(province, { maxLength: 40 }), async (ids) => {
        gateway.subgraph('calls').behave((response) => {
          const recentCalls = ids.map((id) => ({ __typename: 'Call', id: 'c', province: id === null ? null : { __typename: 'Province', id } }));
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { recentCalls } }));
        });
        const { data, errors } = await gateway.ask(NAMES, { count: ids.length });
        expect(errors).toBeUndefined();
        expect(data.recentCalls.map((call: { province: { name: string } | null }) => call.province?.name ?? null)).toEqual(
          ids.map((id) => (id === null ? null : `Tỉnh ${id}`)),
        );
      }),
      { numRuns: 50 },
    );
  });
});
