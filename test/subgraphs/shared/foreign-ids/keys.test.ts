import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { readReferenceKeys } from '#shared/foreign-ids/keys.ts';
import { type SubgraphName, SUBGRAPHS as NAMES } from '../../../testkit/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'hotline-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = Buffer.alloc(32, 'one');
const OLDER = Buffer.alloc(32, 'two');

/** The keys, or what is wrong. */
function read(name: string, env: NodeJS.ProcessEnv, production = true) {
  const faults: string[] = [];
  const keys = readReferenceKeys(name, { env, project: folder, dataFolder: folder, production }, faults);
  return faults.length > 0 ? faults : keys;
}

describe('the key of other ministries’ ids', () => {
  it('is read from the environment, with the one before it, or from files', () => {
    const env = { VICTIMS_REFERENCE_KEY: KEY.toString('base64'), VICTIMS_REFERENCE_KEY_PREVIOUS: OLDER.toString('base64') };
    expect(read('victims', env)).toEqual({ current: KEY, previous: OLDER });
    expect(read('victims', { ...env, VICTIMS_REFERENCE_KEY_PREVIOUS: '' })).toEqual({ current: KEY });
    writeFileSync(join(folder, 'key'), `${KEY.toString('base64')}\n`);
    expect(read('victims', { VICTIMS_REFERENCE_KEY_FILE: 'key' })).toEqual({ current: KEY });
  });

  it('is wanted in production by the services that refer to other ministries’ records, and by no other', () => {
    for (const name of NAMES) {
      const variable = `${name.toUpperCase()}_REFERENCE_KEY`;
      const wanted = SUBGRAPHS[name].refersTo.length > 0;
      expect(read(name, {}), name).toEqual(wanted ? [`${variable}: expected 32 bytes in base64 (openssl rand -base64 32)`] : undefined);
    }
  });

  it('is in development one of its own, the same at every start', () => {
    const made = (name: SubgraphName) => read(name, {}, false) as { current: Buffer };
    expect(made('victims').current).toHaveLength(32);
    expect(made('victims')).toEqual(made('victims'));
    expect(made('victims')).not.toEqual(made('referrals'));
    expect(made('calls')).toBeUndefined();
  });

  it.each([
    ['text', 'not base64!'],
    ['too short', Buffer.alloc(31).toString('base64')],
    ['too long', Buffer.alloc(33).toString('base64')],
    ['hexadecimal digits', KEY.toString('hex')],
  ])('is refused as %s, without being told', (_, given) => {
    expect(read('victims', { VICTIMS_REFERENCE_KEY: given })).toEqual(['VICTIMS_REFERENCE_KEY: expected 32 bytes in base64 (openssl rand -base64 32)']);
  });

  it('is refused where it is given twice, or its file cannot be read', () => {
    const both = { VICTIMS_REFERENCE_KEY: KEY.toString('base64'), VICTIMS_REFERENCE_KEY_FILE: 'key' };
    expect(read('victims', both)).toEqual(['VICTIMS_REFERENCE_KEY_FILE: expected none beside VICTIMS_REFERENCE_KEY']);
    expect(read('victims', { VICTIMS_REFERENCE_KEY_FILE: 'nowhere' })).toEqual([
      'VICTIMS_REFERENCE_KEY_FILE: expected 32 bytes in base64 (openssl rand -base64 32)',
    ]);
    expect(read('victims', { VICTIMS_REFERENCE_KEY: KEY.toString('base64'), VICTIMS_REFERENCE_KEY_PREVIOUS: 'x' })).toEqual([
      'VICTIMS_REFERENCE_KEY_PREVIOUS: expected 32 bytes in base64 (openssl rand -base64 32)',
    ]);
  });

  it('is wanted by just those that say which of their columns hold such ids', async () => {
    for (const name of NAMES) {
      const { foreign = [] } = (await import(`../../../../subgraphs/${name}/entities.ts`)) as { foreign?: readonly { kind: string }[] };
      expect(
        foreign.map(({ kind }) => kind),
        name,
      ).toEqual(SUBGRAPHS[name].refersTo);
    }
  });
});
