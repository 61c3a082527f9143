import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Behaviour, breakConnection, hang, hangHalfway } from './kit/fake-subgraph.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ env: { SUBGRAPH_TIMEOUT_MS: '300' } });
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.reset());

const acts = () => gateway.subgraph('calls').received.filter(({ query }) => query.startsWith('mutation'));

describe('an act', () => {
  for (const [how, code, behaviour] of [
    ['does not answer', 'SUBGRAPH_TIMEOUT', hang],
    ['stops in the middle of its answer', 'SUBGRAPH_TIMEOUT', hangHalfway],
    ['cuts the connection', 'SUBGRAPH_UNAVAILABLE', breakConnection],
  ] satisfies [string, string, Behaviour][]) {
    it(`is asked for once, and may have been done, when its service ${how}`, async () => {
      gateway.subgraph('calls').behave(behaviour);
      const { data, errors } = await gateway.ask('mutation { forgetCalls }');
      expect(data).toEqual({ forgetCalls: null });
      expect(errors).toEqual([
        {
          message: expect.stringMatching(/may have been done; repeat it with the same clientMutationId/),
          path: ['forgetCalls'],
          extensions: { code, service: 'calls', affected: 1 },
        },
      ]);
      expect(acts()).toHaveLength(1);
    });
  }

  it('is answered also where what the client wants to know besides cannot be had', async () => {
    gateway.subgraph('agencies').behave(breakConnection);
    const { data, errors } = await gateway.ask('mutation { recordCall { id province { id name } } }');
    expect(data).toEqual({ recordCall: { id: 'call-new', province: { id: 'P7', name: null } } });
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('its part is missing'),
        path: ['recordCall', 'province', 'name'],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'agencies' },
      },
    ]);
    expect(acts()).toHaveLength(1);
  });

  it('runs after the one before it, and is refused as a subscription only', async () => {
    const { data } = await gateway.ask('mutation { forgetCalls recordCall { id } }');
    expect(data).toEqual({ forgetCalls: true, recordCall: { id: 'call-new' } });
    const { status, errors } = await gateway.ask('subscription { calls }');
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});
