import { randomBytes } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#shared/config.ts';
import { parseMinistryKeys } from '../../subgraphs/victims/identity/ministry-keys.ts';
import { readWrapped, unwrapDataKey } from '../../subgraphs/victims/identity/sealing.ts';
import { readIdentityOf, recordIdentities } from '../../subgraphs/victims/identity/vault.ts';
import { ClearText } from '../testkit/clear-text.ts';
import { OFFICER, openVault, type Person, registerPersons, runIdentity, STRANGER, seededPersons, startIdentity } from '../testkit/identities.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases, startService } from '../testkit/stack.ts';
import { openTables } from '../testkit/tables.ts';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [index, oldKey, newKey] = [key('index'), key('2026'), key('2027')];
const COUNT = 1_000;
const OVERSIGHT = { ...OFFICER, purpose: 'OVERSIGHT' } as const;

let scratch: ScratchDatabases;
let env: NodeJS.ProcessEnv;
let persons: Person[];
/** Everything that any command here printed, but for the answers of `read`. */
const printed: string[] = [];

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  env = { ...process.env, ...scratch.env, VICTIMS_IDENTITY_KEYS: `${oldKey},${index}` };
  persons = seededPersons(COUNT, loadConfig({ name: 'victims', port: 0 }, env).recordIdKey);
  const database = await openTables('victims', env);
  await registerPersons(database, persons.slice(0, COUNT - 1));
  await registerPersons(database, persons.slice(COUNT - 1), STRANGER);
  await database.close();
  const vault = await openVault(env);
  await recordIdentities(vault, new Map(persons.slice(10).map((each) => [each.id, identityOf(each)])), 'import');
  await vault.database.close();
});
afterAll(() => scratch?.drop());

const person = (n: number) => persons[n] as Person;
const identityOf = ({ name, birthDate, identityNumber }: Person) => ({ name: name.normalize('NFC'), birthDate, identityNumber });

async function run(args: readonly string[], input = '', officer: typeof OFFICER = OFFICER, variables = env) {
  const result = await runIdentity(variables, args, input, officer);
  if (args[0] !== 'read') printed.push(result.stdout);
  printed.push(result.stderr);
  return result;
}

describe(`npm run identity, on ${ENGINE}`, () => {
  it('records what the standard input says, reads it, finds it and erases it', async () => {
    const { id } = person(0);
    const json = JSON.stringify(identityOf(person(0)));
    expect(await run(['record', id], json)).toMatchObject({ code: 0, stdout: `Đã ghi · Recorded: ${id}\n`, stderr: '' });
    expect(await run(['read', id])).toEqual({ code: 0, stdout: `${json}\n`, stderr: '' });
    const file = join(scratch.folder, 'wanted.json');
    writeFileSync(file, JSON.stringify({ identityNumber: person(0).identityNumber }));
    expect(await run(['find', '--file', file])).toEqual({ code: 0, stdout: `${id}\n`, stderr: '1 người · persons\n' });
    expect(await run(['erase', id])).toMatchObject({ code: 0, stdout: `Đã xóa hẳn · Erased for good: ${id}\n` });
    expect(await run(['find', '--file', file])).toMatchObject({ code: 0, stdout: '' });
    expect(await run(['read', id])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no identity of this person is recorded') });
  }, 120_000);

  it('IDN-15: MUST NOT repeat a value in what it says went wrong', async () => {
    const { id, name, birthDate, identityNumber } = person(1);
    const csv = join(scratch.folder, 'bad.csv');
    writeFileSync(csv, `${name},${birthDate},${identityNumber}\n`);
    const wrongKeys = { ...env, VICTIMS_IDENTITY_KEYS: `${key('2026')},${index}` };
    const unreachable = { ...env, VICTIMS_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const results = [
      await run(['record', id, name], ''),
      await run(['record', id, `--name=${name}`], ''),
      await run(['record', id], `{"name": "${name}", "birthDate": ${birthDate}}`),
      await run(['record', id], JSON.stringify({ name, birthDate: `${birthDate}T00:00`, identityNumber })),
      await run(['record', id], JSON.stringify({ [name]: name })),
      await run(['record', person(COUNT - 1).id], JSON.stringify({ name, birthDate, identityNumber })),
      await run(['find'], JSON.stringify({ name })),
      await run(['find', '--file', join(scratch.folder, `${name}.json`)]),
      await run(['import', '--file', csv]),
      await run(['import'], `source,externalId,name,birthDate,identityNumber\nseed,p1,${name},${birthDate}?,${identityNumber}\nseed,${name},"${name}"",,\n`),
      await run(['find'], JSON.stringify(identityOf(person(20))), OFFICER, wrongKeys),
      await run(['record', id], JSON.stringify({ name, birthDate, identityNumber }), OFFICER, unreachable),
    ];
    expect(results.map(({ code }) => code)).not.toContain(0);
    for (const { stdout, stderr } of results) expect(stdout + stderr).toMatch(/expected|no such|no PostgreSQL|the ministry's key|dòng/);
    const sought = new ClearText(persons.flatMap((each) => [each.name, each.birthDate, each.identityNumber]));
    expect(printed.length).toBeGreaterThan(20);
    expect(sought.foundIn(Buffer.from(printed.join('\n')))).toBeUndefined();
    // Nor a key.
    for (const secret of [oldKey, index]) expect(printed.join('\n')).not.toContain(secret.split(':')[1]);
  }, 120_000);

  it.runIf(ENGINE === 'pglite')('says that the service has the embedded database', async () => {
    const service = await startService('subgraphs/victims/main.ts', { ...env, VICTIMS_PORT: '0', DEMO_RECORDS: 'false' });
    try {
      const { code, stdout, stderr } = await run(['read', person(20).id]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('the victims service has the embedded database open: stop it first');
    } finally {
      await service.stop();
    }
  });
});

describe(`a change of the ministry's key that is killed, on ${ENGINE}`, () => {
  it('IDN-16: MUST lose no key, whenever that happens, and is finished by the next one', async () => {
    const rotating = { ...env, VICTIMS_IDENTITY_KEYS: `${newKey},${oldKey},${index}` };
    const both = parseMinistryKeys(rotating['VICTIMS_IDENTITY_KEYS']);
    /** How many keys there are, all of which open, by the ministry's key that wraps them. */
    const counts = () => {
      const files = globSync(`${scratch.folder}/victim-keys/*/*`).filter((file) => !file.endsWith('.new'));
      return Object.groupBy(files, (file) => {
        const text = readFileSync(file, 'utf8');
        expect(unwrapDataKey(both, file.split('/').at(-1) ?? '', text).key).toHaveLength(32);
        return readWrapped(text).wrappedBy;
      });
    };
    const before = counts()['2026']?.length ?? 0;
    expect(before).toBeGreaterThan(COUNT - 20);
    const cutOff: number[] = [];
    for (const lines of [5, 40, 80]) {
      const command = startIdentity(rotating, ['rewrap', ...Object.entries(OVERSIGHT).flatMap(([name, value]) => [`--${name}`, value])]);
      command.onOutput((output) => {
        if (output.split('\n').length > lines) command.kill();
      });
      expect((await command.ended).code).toBeNull();
      const now = counts();
      expect((now['2026']?.length ?? 0) + (now['2027']?.length ?? 0)).toBe(before);
      cutOff.push(now['2027']?.length ?? 0);
    }
    // It was cut off in the middle, each time further on.
    expect(cutOff).toEqual(cutOff.toSorted((a, b) => a - b));
    expect(cutOff[0]).toBeGreaterThan(0);
    expect(cutOff.at(-1)).toBeLessThan(before);

    const last = await run(['rewrap'], '', OVERSIGHT, rotating);
    expect(last).toMatchObject({ code: 0, stdout: expect.stringContaining(`Done: all ${before} keys are wrapped by "2027"`) });
    expect(counts()['2027']).toHaveLength(before);
    expect(globSync(`${scratch.folder}/victim-keys/*/*.new`)).toEqual([]);
    // The old one is gone now.
    const vault = await openVault({ ...env, VICTIMS_IDENTITY_KEYS: `${newKey},${index}` });
    try {
      for (const each of persons.slice(10, COUNT - 1).filter((_, n) => n % 50 === 0)) expect(await readIdentityOf(vault, each.id)).toEqual(identityOf(each));
    } finally {
      await vault.database.close();
    }
  }, 240_000);
});
