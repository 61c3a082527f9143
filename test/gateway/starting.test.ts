import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../../gateway/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type LogLine = Readonly<Record<string, unknown>>;

/** Runs a gateway that cannot start. */
async function run(env: NodeJS.ProcessEnv): Promise<{ code: number | null; fatal: LogLine[]; errors: string }> {
  const child = spawn(process.execPath, [MAIN], { env: { ...process.env, GATEWAY_PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = await Promise.all([child.stdout, child.stderr].map(async (stream) => (await stream.setEncoding('utf8').toArray()).join('')));
  const code = child.exitCode ?? (await new Promise<number | null>((ended) => child.once('exit', ended)));
  const lines = (output ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LogLine);
  return { code, fatal: lines.filter(({ level }) => Number(level) > 30), errors: errors ?? '' };
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** Nothing but one line that says what is wrong and what to do. */
async function expectOneLine(env: NodeJS.ProcessEnv, message: RegExp) {
  const { code, fatal, errors } = await run(env);
  expect({ code, errors, lines: fatal.map(({ level, msg }) => ({ level, msg })) }).toEqual({
    code: 1,
    errors: '',
    lines: [{ level: 60, msg: expect.stringMatching(message) }],
  });
  expect(fatal[0]).not.toHaveProperty('err');
  expect(fatal[0]?.['msg']).not.toContain('\n');
}

describe('a gateway that cannot start says in one line what is wrong:', () => {
  it('no supergraph', async () => {
    await expectOneLine({ SUPERGRAPH_FILE: join(folder, 'none.graphql') }, /^cannot read .*none\.graphql: run npm run schema:compose, or set SUPERGRAPH_FILE$/);
  });

  it('a supergraph that is no GraphQL', async () => {
    await expectOneLine({ SUPERGRAPH_FILE: file('garbage.graphql', '<<<<<<< HEAD\ntype Query {') }, /garbage\.graphql is not a supergraph: Syntax Error/);
  });

  it('a schema that is no supergraph', async () => {
    await expectOneLine({ SUPERGRAPH_FILE: file('schema.graphql', 'type Query { calls: Int }') }, /schema\.graphql is not a supergraph: it names no subgraph$/);
  });

  it('a supergraph that is broken', async () => {
    const text = 'enum join__Graph { CALLS @join__graph(name: "calls", url: "http://127.0.0.1:1/graphql") }\ntype Query { calls: Nothing }';
    await expectOneLine({ SUPERGRAPH_FILE: file('broken.graphql', text) }, /broken\.graphql is not a supergraph: /);
  });

  it('a supergraph with a URL that is none, when nothing else says where the subgraph is', async () => {
    const text = 'enum join__Graph { OTHERS @join__graph(name: "others", url: "others") }\ntype Query { calls: Int @authenticated }';
    await expectOneLine({ SUPERGRAPH_FILE: file('url.graphql', text) }, /url\.graphql: expected the URL of the subgraph "others", got "others"$/);
  });

  it('POL-61 a supergraph with a field of which nobody has said who may ask for it', async () => {
    const text =
      'enum join__Graph { CALLS @join__graph(name: "calls", url: "http://127.0.0.1:1/graphql") }\ntype Query { calls: Int @authenticated open: Int }';
    await expectOneLine(
      { SUPERGRAPH_FILE: file('bare.graphql', text) },
      /bare\.graphql does not say of everything who may ask for it: Query\.open: a field without a rule$/,
    );
  });

  it('POL-62 a supergraph with a rule that cannot be read', async () => {
    const text =
      'enum join__Graph { CALLS @join__graph(name: "calls", url: "http://127.0.0.1:1/graphql") }\ntype Query { calls: Int @requiresScopes(scopes: "x") }';
    await expectOneLine(
      { SUPERGRAPH_FILE: file('unread.graphql', text) },
      /unread\.graphql does not say .*: the rule of calls cannot be read: expected @requiresScopes/,
    );
  });

  it('settings, all at once', async () => {
    await expectOneLine({ GATEWAY_PORT: 'x', SUBGRAPH_TIMEOUT_MS: 'y' }, /^GATEWAY_PORT: expected .*"x"; SUBGRAPH_TIMEOUT_MS: expected .*"y"$/);
  });

  it('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await expectOneLine({ GATEWAY_PORT: String(port) }, new RegExp(`^port ${port} is taken: stop what listens there, or set GATEWAY_PORT$`));
    await new Promise((closed) => server.close(closed));
  });

  it('a host that is not of this machine', async () => {
    await expectOneLine({ HOST: '203.0.113.1' }, /^203\.0\.113\.1 is no address of this machine: set HOST$/);
    await expectOneLine({ HOST: 'no-such-host.invalid' }, /^no-such-host\.invalid is no address of this machine: set HOST$/);
  });
});
