import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

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
      const answer = await gateway.ask(query);
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
      expect(answer.data).toBeUndefined();
    });
  }

  it('no names are suggested to who misspells them', async () => {
    const { errors } = await gateway.ask('{ opnCases statistics(perod: 1) { id } }');
    expect(errors?.map(({ message }) => message).join()).toMatch(/opnCases/);
    expect(errors?.map(({ message }) => message).join()).not.toMatch(/did you mean|openCases/i);
  });

  for (const path of ['/', '/graphiql/page.js', '/graphiql/examples.json']) {
    it(`there is no GraphiQL: ${path}`, async () => {
      expect(await gateway.send(path)).toMatchObject({ status: 404, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    });
  }
});
