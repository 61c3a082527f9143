/** With which logins a service does not start in production: those that can do more than answer requests. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '#shared/database.ts';
import { RolesMissing } from '#shared/database/roles.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases, startService } from '../../../testkit/stack.ts';
import { databaseUrl } from '../../../testkit/tables.ts';

const LOGIN = `hotline_test_${randomBytes(5).toString('hex')}`;

/** An embedded database has one login, which is nobody's. */
describe.runIf(ENGINE === 'postgresql')('the login of a service in production', () => {
  let scratch: ScratchDatabases;
  let url: string;
  beforeAll(async () => {
    scratch = await scratchDatabases('tables');
    url = databaseUrl('calls', scratch.env);
    await run(`CREATE ROLE ${LOGIN} LOGIN NOINHERIT`, `GRANT calls_app TO ${LOGIN}`);
  }, 120_000);
  afterAll(async () => {
    await run(`DROP ROLE ${LOGIN}`);
    await scratch?.drop();
  });

  async function run(...statements: string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** What the check says of the login, with these roles besides that of the application. */
  async function checked(...roles: string[]): Promise<string> {
    for (const role of roles) await run(`GRANT ${role} TO ${LOGIN}`);
    const own = url.replace(/\/\/[^@/]*@/, `//${LOGIN}@`);
    const database = await openDatabase({ engine: 'postgresql', url: own, migratorUrl: url }, { name: 'calls', entities: [], migrations: import.meta.dirname });
    try {
      await database.checkApplication();
      return 'may';
    } catch (error) {
      expect(error).toBeInstanceOf(RolesMissing);
      return (error as Error).message;
    } finally {
      await database.close();
      for (const role of roles) await run(`REVOKE ${role} FROM ${LOGIN}`);
    }
  }

  it('may be the application', async () => {
    expect(await checked()).toBe('may');
  });

  it.each(['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'])('ROLE-01: MUST NOT be a member of %s', async (role) => {
    expect(await checked(role)).toContain(`got ${LOGIN}, which is a member of ${role}: `);
  });

  it('ROLE-02: MUST NOT be one that may become the owner', async () => {
    expect(await checked('calls_owner')).toContain('may become the owner');
  });

  it('ROLE-03: MUST NOT be a superuser: the service ends and says so', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const env = {
      ...process.env,
      ...scratch.env,
      NODE_ENV: 'production',
      APOLLO_TELEMETRY_DISABLED: '1',
      CALLS_PORT: '0',
      RECORD_ID_KEY: 'sixteen letters.',
      GATEWAY_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      CALLS_LOG_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    await expect(startService('subgraphs/calls/main.ts', env)).rejects.toThrow(
      /ended with 1: .*expected the service to log in as calls_app, got \w+, which is a superuser/,
    );
  }, 60_000);
});
