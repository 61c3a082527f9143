import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interpolate, readComposeFile } from '../compose/compose-file.ts';
import { becomesHealthy, type Container, runContainer } from './container.ts';
import { contextFiles } from './context.ts';
import { parseDockerfile } from './dockerfile.ts';
import { buildStages, type Image } from './image.ts';
import { startSmallIssuer } from '../gateway/kit/issuer.ts';
import { type PostgresServer, startPostgres } from '../testkit/postgres-server.ts';
import { REFERENCE_KEYS } from '../testkit/stack.ts';
import { headersFor } from '../testkit/tokens.ts';

/*
 * What `docker compose up --build` does, without Docker: the commands of the Dockerfile's stages in clean folders, the database server set up
 * by docker/databases.sql, and the services of docker-compose.yml with their commands, environments and health checks. Addresses are this
 * machine's, and every port is moved.
 */

const PROJECT = resolve(import.meta.dirname, '../..');
const SUBGRAPHS = ['agencies', 'calls', 'referrals', 'victims'];
const PORTS: Readonly<Record<string, number>> = { 4000: 5300, 4001: 5301, 4002: 5302, 4003: 5303, 4004: 5304, 5432: 5305 };
const issuer = await startSmallIssuer();
afterAll(() => issuer.stop());
const SETTINGS = {
  RECORD_ID_KEY: 'a key of the test of the Dockerfile',
  POSTGRES_PASSWORD: 'superuserspassword',
  ...Object.fromEntries(SUBGRAPHS.map((name) => [`${name.toUpperCase()}_DATABASE_PASSWORD`, `passwordof${name}`])),
  ...Object.fromEntries(SUBGRAPHS.map((name) => [`${name.toUpperCase()}_MIGRATOR_PASSWORD`, `migratorof${name}`])),
  ...Object.fromEntries(
    SUBGRAPHS.map((name) => [`${name.toUpperCase()}_LOG_KEY`, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]),
  ),
  ...REFERENCE_KEYS,
  ...issuer.env,
  GATEWAY_PUBLIC_KEY: String(createPublicKey(String(issuer.env['GATEWAY_SIGNING_KEY'])).export({ type: 'spki', format: 'pem' })),
  DEMO_RECORDS: 'true',
};

const { services } = readComposeFile();
const folder = mkdtempSync(join(tmpdir(), 'hotline-docker-'));
const running = new Map<string, Container>();
let images: ReadonlyMap<string, Image>;
let postgres: PostgresServer;

beforeAll(async () => {
  chmodSync(folder, 0o755);
  const stages = parseDockerfile(readFileSync(join(PROJECT, 'Dockerfile'), 'utf8'));
  images = buildStages(stages, { project: PROJECT, files: contextFiles(PROJECT), folder });
  const settings = environment('postgres');
  postgres = await startPostgres(port(5432), SETTINGS.POSTGRES_PASSWORD, settings['POSTGRES_INITDB_ARGS']?.split(' ') ?? []);
  postgres.run(join(PROJECT, 'docker/databases.sql'), settings);
});

afterAll(async () => {
  await Promise.all([...running.values()].map((service) => service.stop()));
  await postgres?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('the images', () => {
  it('hold what runs, and nothing else of the project', () => {
    const common = ['docker', 'node_modules', 'package.json', 'schema'];
    expect(readdirSync(join(image('subgraph').root, 'app')).sort()).toEqual(['cli', ...common, 'subgraphs', 'victim-keys'].sort());
    expect(readdirSync(join(image('gateway').root, 'app')).sort()).toEqual(['gateway', ...common].sort());
  });

  it('hold no tools of developers and no second Node.js', () => {
    for (const absent of ['vitest', 'typescript', '@biomejs', 'playwright-core', 'node/bin/node']) {
      expect(existsSync(join(image('gateway').root, 'app/node_modules', absent)), absent).toBe(false);
    }
  });

  it('are not run as root', () => {
    expect(image('subgraph').user).toBe('node');
    expect(image('gateway').user).toBe('node');
  });
});

describe('the database server', () => {
  it.each(SUBGRAPHS)('lets the roles of %s into its own database and no other', async (name) => {
    for (const [role, password] of [
      [`${name}_app`, `passwordof${name}`],
      [`${name}_migrator`, `migratorof${name}`],
    ] as const) {
      expect(await connect(role, name, password)).toBe(`${role} in ${name}`);
      for (const other of [...SUBGRAPHS, 'postgres', 'template1'].filter((database) => database !== name)) {
        expect(await connect(role, other, password), other).toBe(`permission denied for database "${other}"`);
      }
    }
  });

  it('asks for the password', async () => {
    expect(await connect('calls_app', 'calls', 'another')).toBe('password authentication failed for user "calls_app"');
  });

  it('lets the roles do nothing outside their databases', async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: postgres.port, user: 'postgres', password: SETTINGS.POSTGRES_PASSWORD, database: 'postgres' });
    await client.connect();
    try {
      const { rows } = await client.query(
        'SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)',
        [SUBGRAPHS.flatMap((name) => [`${name}_owner`, `${name}_migrator`, `${name}_app`])],
      );
      expect(rows).toEqual([]);
    } finally {
      await client.end();
    }
  });
});

describe('the services', () => {
  it('become healthy in the order of docker-compose.yml, each by its own health check', async () => {
    await Promise.all(SUBGRAPHS.map((name) => start(name)));
    await start('gateway');
  });

  it("answer with the hotline's published figures", async () => {
    const query = `query Totals($period: PeriodInput!) {
      statistics(period: $period) { calls { total byCategory { category total } } referrals { cases } }
    }`;
    const answer = await post(query, { period: { from: '2021-01-01', to: '2021-09-30' } });
    expect(answer).toMatchObject({
      data: {
        statistics: [
          {
            calls: {
              total: 2129,
              byCategory: [
                { category: 'INFORMATION', total: 1830 },
                { category: 'COUNSELLING', total: 274 },
                { category: 'REFERRAL', total: 25 },
              ],
            },
            referrals: { cases: 25 },
          },
        ],
      },
    });
    expect(answer).not.toHaveProperty('errors');
  });

  it('show nothing of how they are made', async () => {
    expect((await fetch(`http://127.0.0.1:${port(4000)}/`)).status).toBe(404);
    expect(await post('{ __schema { queryType { name } } }')).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  it('take records from a file by the service `import`', async () => {
    mkdirSync(join(image('subgraph').root, 'import'), { recursive: true });
    writeFileSync(join(image('subgraph').root, 'import/more.csv'), 'externalId,receivedAt,category\n1,1999-12-31T10:00:00+07:00,REFERRAL\n');
    const { entrypoint, working_dir: workdir } = services['import'] ?? {};
    const command = [...(entrypoint as string[]), 'calls', 'more.csv'];
    const container = runContainer(image('subgraph'), { command, env: environment('import'), workdir });
    expect(await container.ended, await container.output).toBe(0);
    expect(await post('{ statistics(period: { from: "1999-12-31", to: "1999-12-31" }) { calls { total } } }')).toMatchObject({
      data: { statistics: [{ calls: { total: 1 } }] },
    });
  });

  it('go on answering when one of them is stopped, and say what is missing', async () => {
    expect(await running.get('victims')?.stop()).toBe(0);
    const answer = await post('{ statistics(period: { from: "2021-01-01", to: "2021-09-30" }) { calls { total } victims { persons } } }');
    expect(answer).toMatchObject({
      data: { statistics: [{ calls: { total: 2129 }, victims: null }] },
      errors: [{ path: ['statistics', 0, 'victims'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
    });
  });

  it('stop at once when they are told to', async () => {
    for (const [name, service] of running) expect(await service.stop(), name).toBe(0);
  });
});

function image(name: string): Image {
  const found = images.get(name);
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
}

async function start(name: string): Promise<void> {
  const { command, build, healthcheck } = services[name] ?? {};
  const from = image((build as { target: string }).target);
  const env = { ...environment(name), ...(name === 'gateway' ? { GATEWAY_PORT: String(port(4000)) } : {}) };
  const service = runContainer(from, { command: command as string[] | undefined, env });
  running.set(name, service);
  const check = ((healthcheck?.test ?? []) as string[]).slice(1).map(here);
  await becomesHealthy(service, () => runContainer(from, { command: check, env: {} }));
}

/** The environment of a service of docker-compose.yml, with this machine's addresses. */
function environment(name: string): Record<string, string> {
  const given = Object.entries((services[name]?.environment ?? {}) as Record<string, string>);
  const ports = Object.entries({ AGENCIES: 4004, CALLS: 4001, REFERRALS: 4003, VICTIMS: 4002 }).map(([prefix, usual]) => [
    `${prefix}_PORT`,
    String(port(usual)),
  ]);
  return { ...Object.fromEntries(ports), ...Object.fromEntries(given.map(([variable, value]) => [variable, here(interpolate(value, SETTINGS))])) };
}

/** A text with the addresses of docker-compose.yml's networks as those of this machine. */
function here(value: string): string {
  return value.replaceAll(/(127\.0\.0\.1|agencies|calls|referrals|victims|postgres):(\d{4})\b/g, (_, __, usual: string) => `127.0.0.1:${port(Number(usual))}`);
}

function port(usual: number): number {
  return PORTS[usual] ?? usual;
}

/** Who one is and where, or why one may not be there. */
async function connect(user: string, database: string, password: string): Promise<string> {
  const client = new pg.Client({ host: '127.0.0.1', port: postgres.port, user, password, database });
  try {
    await client.connect();
    const { rows } = await client.query('SELECT current_user AS who, current_database() AS place');
    return `${rows[0].who} in ${rows[0].place}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

async function post(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port(4000)}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await headersFor(issuer.tokenFor, { roles: ['coordinator'], purpose: 'STATISTICS' })) },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}
