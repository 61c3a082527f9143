import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '#schema/access.ts';
import { documentHash } from '#schema/trusted-documents.ts';
import { type Answer, type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';
import { GUARDED_GRAPH } from './kit/guarded-graph.ts';

/** What callers are told of what they may not have, and that nothing of it is planned or asked for. */
const INTROSPECTION = [
  '{ __schema { types { name } } }',
  '{ x: __type(name: "Secret") { fields { name } } }',
  '{ ...F } fragment F on Query { __schema { types { name } } }',
];
const WHOLE = '{ secret { id label body } thing { ... on Secret { body } } note { digest } }';
/** Documents that are public, so that who may send documents is not what refuses them. */
const DOCUMENTS = [...INTROSPECTION, WHOLE, '{ open secret { id } }', '{ secret { id } }', '{ open note { label } }', 'mutation { forget }'];

const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
let plans = 0;
let gateway: GatewayUnderTest;
beforeAll(async () => {
  const file = join(folder, 'documents.json');
  writeFileSync(file, JSON.stringify(Object.fromEntries(DOCUMENTS.map((document) => [documentHash(document), { name: 'Test', public: true, document }]))));
  const onQueryPlan = () => {
    plans += 1;
  };
  gateway = await startGatewayUnderTest({ graph: GUARDED_GRAPH, env: { TRUSTED_DOCUMENTS_FILE: file }, onQueryPlan });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  gateway.reset();
  plans = 0;
});

const as = (role: Role, rest: object = {}) => ({ as: { roles: [role], agency: 'c02', subject: 'somebody', ...rest } });
const ask = (query: string, who: Parameters<GatewayUnderTest['ask']>[3], variables = {}) => gateway.ask(query, variables, {}, who);

describe('POL-60 an operation of which the caller may not have all', () => {
  it('MUST be refused whole, before it is planned and before any service is asked', async () => {
    const answer = await ask('{ open note { id name: hidden } }', as('developer'));
    expect(answer.status).toBe(403);
    expect(Object.keys(answer)).not.toContain('data');
    expect(answer.errors).toEqual([
      { message: expect.stringContaining('·'), path: ['note', 'name'], extensions: expect.objectContaining({ code: 'FORBIDDEN', requires: 'scopes' }) },
    ]);
    expect(plans).toBe(0);
    expect(asked()).toEqual([]);
  });

  it('has one error for each field that is refused, where it first stands', async () => {
    const { errors } = await ask('{ a: note { hidden } b: note { hidden } secret { id } }', as('developer'));
    expect(errors?.map(({ path }) => path)).toEqual([['a', 'hidden'], ['secret'], ['secret', 'id']]);
  });

  it('is answered 401 where there is no token', async () => {
    const answer = await ask('{ open secret { id } }', { as: null });
    expect(answer).toMatchObject({ status: 401, errors: [{ path: ['secret'], extensions: { code: 'UNAUTHENTICATED', requires: 'scopes' } }, {}] });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.errors?.[0]?.message).toContain('authorization: Bearer');
    expect(asked()).toEqual([]);
  });

  it('says where only a purpose is missing, and which there are', async () => {
    const answer = await ask('{ secret { id } }', as('officer', { purpose: null }));
    expect(answer).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN', requires: 'purpose' } }, {}] });
    expect(answer.errors?.[0]?.message).toMatch(/x-purpose.*COORDINATION/);
  });

  it('names no scope', async () => {
    const answers = await Promise.all([
      ask('{ secret { id } }', as('developer')),
      ask('{ secret { id } }', { as: null }),
      ask('mutation { forget }', as('developer')),
    ]);
    for (const { errors } of answers) expect(JSON.stringify(errors)).not.toMatch(/victims|cases:all|:read|:act/);
  });

  it('MUST NOT do an act, not even one that is allowed beside it', async () => {
    expect(await ask('mutation { forget }', as('coordinator'))).toMatchObject({ status: 403 });
    expect(asked()).toEqual([]);
    expect(await ask('mutation { forget }', as('officer'))).toMatchObject({ status: 200, data: { forget: true } });
  });

  it('MUST be refused by GET as well', async () => {
    const answer = await gateway.send(`/graphql?query=${encodeURIComponent('{ secret { id } }')}`, { headers: { 'apollo-require-preflight': '1' } });
    expect(answer).toMatchObject({ status: 401 });
    expect(asked()).toEqual([]);
  });

  it('runs for a caller who may have all of it', async () => {
    const data = { secret: { id: 's', label: 'a secret', body: 'psst' }, thing: { body: 'psst' }, note: { digest: 'digest of hidden' } };
    expect(await ask(WHOLE, as('officer'))).toMatchObject({ status: 200, data });
    expect(await ask('{ open note { label } }', { as: null })).toMatchObject({ status: 200, data: { open: 7, note: { label: 'a note' } } });
  });
});

describe('POL-70 what the schema is', () => {
  it.each(INTROSPECTION)('MUST NOT be told to callers who may not explore it: %s', async (query) => {
    expect(await ask(query, as('officer'))).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN', requires: 'scopes' } }] });
    expect(await ask(query, { as: null })).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('is told to a developer', async () => {
    expect((await ask('{ __type(name: "Secret") { fields { name } } }', as('developer'))).data.__type.fields).toContainEqual({ name: 'body' });
  });

  it('MUST NOT be told by what does not fit it: one error, whatever is wrong and how much', async () => {
    const faulty = [
      '{ opn }',
      '{ open { x } nte { lable } }',
      '{ secret }',
      '{ note { ... on Secret { id } } }',
      '{ count(color: RED) }',
      '{ count(colour: GREEN) }',
      '{ note { label(x: 1) } }',
    ];
    const answers = await Promise.all(faulty.map((query) => ask(query, as('coordinator'))));
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(answer.errors).toEqual([
        {
          message: 'Yêu cầu không khớp với lược đồ. · The operation does not fit the schema.',
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        },
      ]);
    }
  });

  it('MUST NOT be told by suggestions about variables', async () => {
    const wrong = (who: Parameters<GatewayUnderTest['ask']>[3]) => ask('query ($f: Filter) { count(filter: $f) }', who, { f: { abov: 1 } });
    const told = ({ errors }: Answer) => errors?.map(({ message }) => message).join();
    expect(await wrong(as('coordinator'))).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(told(await wrong(as('coordinator')))).not.toMatch(/did you mean|above/i);
    expect(told(await wrong(as('developer')))).toMatch(/Did you mean "above"/);
  });

  it('is told to a developer by every error, with its place', async () => {
    const { errors } = await ask('{ opn nte { id } }', as('developer'));
    expect(errors?.map(({ message }) => message)).toEqual([expect.stringContaining('Did you mean "open"?'), expect.stringContaining('Did you mean "note"?')]);
    expect(errors?.[0]).toHaveProperty('locations');
  });
});

/** Who was asked for anything. */
function asked(): string[] {
  return Object.values(gateway.subgraphs).flatMap(({ name, received }) => received.map(() => name));
}
