import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AskAs } from '../testkit/tokens.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const COORDINATOR: AskAs = { roles: ['coordinator'], agency: 'c02', subject: 'somebody' };

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ env: { NODE_ENV: 'production' } });
});
afterAll(() => gateway?.stop());

describe('in production', () => {
  it('operations run', async () => {
    expect(await gateway.ask('{ openCases shelters }')).toMatchObject({ status: 200, data: { openCases: 3, shelters: 2 } });
  });

  for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Query") { fields { name } } }']) {
    it(`the schema is not told: ${query}`, async () => {
      const answer = await gateway.ask(query, {}, {}, { as: COORDINATOR });
      expect(answer).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
      expect(answer.data).toBeUndefined();
    });
  }

  it('no names are told or suggested to who misspells them', async () => {
    const { errors } = await gateway.ask('{ opnCases statistics(perod: 1) { id } }', {}, {}, { as: COORDINATOR });
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean|openCases|period/i);
  });

  for (const path of ['/', '/graphiql/page.js', '/graphiql/setup.json', '/graphiql/identity.js', '/development/token']) {
    it(`there is no GraphiQL: ${path}`, async () => {
      expect(await gateway.send(path)).toMatchObject({ status: 404, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    });
  }
});
