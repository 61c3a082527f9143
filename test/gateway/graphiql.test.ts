import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PURPOSES, ROLES } from '#schema/access.ts';
import { loadExampleOperations } from '../../gateway/graphiql/index.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const OPERATIONS = resolve(import.meta.dirname, '../../schema/operations');
const folder = mkdtempSync(join(tmpdir(), 'operations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the example operations', () => {
  it('are all of schema/operations/, the README’s first, each with a description in two languages and variables', async () => {
    const operations = await loadExampleOperations(OPERATIONS);
    expect(operations[0]?.name).toBe('Totals');
    const numbers = operations.flatMap(({ description }) => /^(\d+)\. /.exec(description[0] ?? '')?.[1] ?? []).map(Number);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const [, ...rest] = operations.map(({ name }) => name);
    expect(rest.slice(20)).toEqual(rest.slice(20).sort());
    for (const { name, description, query, variables } of operations) {
      expect(description.length, name).toBeGreaterThanOrEqual(2);
      expect(parse(query).definitions[0], name).toMatchObject({ kind: 'OperationDefinition', name: { value: name } });
      expect(query).not.toMatch(/^#/);
      expect(JSON.parse(variables), name).toEqual(expect.any(Object));
    }
  });

  it('are read with and without comments and variables', async () => {
    writeFileSync(join(folder, 'Bare.graphql'), '{ openCases }\n');
    writeFileSync(join(folder, 'Full.graphql'), '# What.\n#  Gì.\n# variables: {"n": 1}\nquery Full($n: Int) {\n  # how many\n  cases(n: $n)\n}\n');
    writeFileSync(join(folder, 'notes.txt'), 'not an operation');
    expect(await loadExampleOperations(folder)).toEqual([
      { name: 'Bare', description: [], query: '{ openCases }', variables: '' },
      { name: 'Full', description: ['What.', 'Gì.'], query: 'query Full($n: Int) {\n  # how many\n  cases(n: $n)\n}', variables: '{\n  "n": 1\n}' },
    ]);
  });

  for (const variables of ['{"n": }', '[1]', 'null', '']) {
    it(`with variables that are no object are refused by name: ${variables}`, async () => {
      writeFileSync(join(folder, 'Full.graphql'), `# variables: ${variables}\n{ openCases }\n`);
      await expect(loadExampleOperations(folder)).rejects.toThrow(`Full.graphql: expected a JSON object after "# variables:", got ${variables}`);
    });
  }
});

describe('GraphiQL', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGatewayUnderTest({ env: { NODE_ENV: 'development' } });
  });
  afterAll(() => gateway?.stop());

  it('is at /, and nothing of it comes from another host or runs inline', async () => {
    const { status, headers, text } = await gateway.send('/');
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/http|unsafe-eval|script-src[^;]*unsafe/);
    expect(text).not.toMatch(/https?:|<script>|\son\w+=/);
    const linked = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '').filter((path) => path !== 'data:,');
    expect(linked).toHaveLength(6);
    for (const path of linked) {
      const response = await fetch(gateway.origin + path);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        200,
        `${path.endsWith('.css') ? 'text/css' : 'text/javascript'}; charset=utf-8`,
      ]);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      await response.body?.cancel();
    }
  });

  it('has the example operations at hand', async () => {
    const { text } = await gateway.send('/graphiql/setup.json');
    expect(JSON.parse(text)).toEqual({ endpoint: '/graphql', operations: await loadExampleOperations(OPERATIONS), identity: expect.any(Object) });
  });

  it('can ask as somebody in any role and for any purpose', async () => {
    const { identity } = JSON.parse((await gateway.send('/graphiql/setup.json')).text);
    expect(identity.roles.map(({ name }: { name: string }) => name).sort()).toEqual(Object.keys(ROLES).sort());
    expect(identity.purposes.map(({ name }: { name: string }) => name)).toEqual(Object.keys(PURPOSES));
    expect(identity).toMatchObject({ tokens: '/development/token', purposeHeader: 'x-purpose', usual: { roles: ['coordinator', 'developer'] } });
  });

  it('asks as anybody where tokens come from a real issuer', async () => {
    const other = await startGatewayUnderTest({ env: { NODE_ENV: 'development', OIDC_ISSUER: 'https://id.example', OIDC_AUDIENCE: 'graph' } });
    try {
      expect(JSON.parse((await other.send('/graphiql/setup.json')).text).identity).toBeNull();
      expect((await other.send('/development/token?role=officer')).status).toBe(404);
    } finally {
      await other.stop();
    }
  });

  it('may ask for the schema', async () => {
    const { data } = await gateway.ask('{ __schema { queryType { name } } }');
    expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });
});
