import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Act } from '#shared/acts/act.ts';
import type { Database } from '#shared/database.ts';
import { type Payload, perform } from '#shared/acts/perform.ts';
import { type Field, openField, PRODUCT } from '../campaigns/acts/sequence.ts';
import { acting } from '../testkit/acting.ts';
import { differences } from '../testkit/recount.ts';
import { ENGINE } from '../testkit/stack.ts';

let field: Field;
/** What transactions failed with; those that are tried again among them. */
const failures: unknown[] = [];
function act(subgraph: 'referrals' | 'victims', name: string, input: Record<string, unknown>, agencyId = 'a'): Promise<Payload> {
  const parts = { ...acting(agencyId), recordIdKey: 'a key for tests of acts', failpoints: { reach: () => undefined }, onStatement: () => undefined };
  const common = { clientMutationId: randomUUID() };
  const { session } = field.databases[subgraph];
  const watched: Database['session'] = (work, signal) =>
    session(work, signal).catch((error: unknown) => {
      failures.push(error);
      throw error;
    });
  const database: Database = { ...field.databases[subgraph], session: watched };
  return perform(name, PRODUCT[subgraph][name] as Act, { ...common, ...input }, { ...parts, database });
}

async function made(subgraph: 'referrals' | 'victims', name: string, input: Record<string, unknown>): Promise<string> {
  const { record, userErrors } = await act(subgraph, name, input);
  expect(userErrors).toEqual([]);
  return String(record?.['id']);
}

// PGlite has one connection: nothing is ever at once.
describe.runIf(ENGINE === 'postgresql')('acts at once on one record and what belongs to it', () => {
  beforeAll(async () => {
    field = await openField();
    for (const name of ['referrals', 'victims'] as const) {
      await field.databases[name].query("INSERT INTO reference (kind, id, type) VALUES ('agency', 'a', 'POLICE'), ('agency', 'b', 'NGO')");
    }
  });
  afterAll(() => field?.close());

  it('do not wait for ever: who waited too long is told to ask again with the same key, and then gets the answer', async () => {
    const id = await made('referrals', 'caseOpen', {});
    const input = { id, stage: 'VERIFYING', clientMutationId: randomUUID() };
    await field.databases.referrals.session(async (other) => {
      await other.transaction(async (sql) => {
        await sql.query('SELECT FROM referral_case WHERE id = $1 FOR UPDATE', [id]);
        await expect(act('referrals', 'caseAdvance', input)).rejects.toMatchObject({ extensions: { code: 'ACT_UNCERTAIN' } });
      });
    });
    expect(await act('referrals', 'caseAdvance', input)).toMatchObject({ record: { stage: 'VERIFYING', version: 2 }, userErrors: [] });
    failures.length = 0;
  });

  it('are all answered: a person and the support to the person', async () => {
    const person = { sex: 'FEMALE', ethnicity: 'KINH', acts: ['TRANSFER'], means: ['FORCE'], purposes: ['OTHER'], legalStatus: 'IN_IDENTIFICATION' };
    const id = await made('victims', 'victimRegister', person);
    const start = { victimId: id, type: 'MEDICAL', inShelter: false };
    const supports = await Promise.all(Array.from({ length: 12 }, () => made('victims', 'supportStart', start)));
    const answers = await Promise.all(
      supports.flatMap((support, i) => [
        act('victims', 'supportEnd', { id: support }),
        act('victims', 'victimUpdate', { id, originProvinceId: i % 2 ? 'VN34:01' : null, reason: 'mới' }),
        act('victims', 'supportStart', start),
        act('victims', 'victimIdentify', { id, legalStatus: i % 2 ? 'VICTIM' : 'IN_IDENTIFICATION', reason: 'mới' }),
      ]),
    );
    const codes = new Set(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code)));
    expect([...codes].filter((code) => code !== 'NO_CHANGE')).toEqual([]);
    expect(await differences(field.databases.victims, 'victims')).toEqual([]);
    expect(failures, 'two that lock each other out cost a second').toEqual([]);
  });

  it('are all answered: a case and its handovers', async () => {
    const caseId = await made('referrals', 'caseOpen', {});
    const draft = { caseId, toAgencyId: 'b', legalBasis: 'CONSENT' };
    const handovers = await Promise.all(Array.from({ length: 12 }, () => made('referrals', 'handoverDraft', draft)));
    const stages = ['VERIFYING', 'RESCUING', 'IDENTIFIED', 'SUPPORTING'];
    const answers = await Promise.all(
      handovers.flatMap((id, i) => [
        act('referrals', 'handoverSend', { id }),
        act('referrals', 'caseAdvance', { id: caseId, stage: stages[i % 4] }),
        act('referrals', 'handoverDraft', draft),
        act('referrals', 'handoverAcknowledge', { id }, 'b'),
        act('referrals', 'handoverReject', { id, reason: 'NO_CAPACITY' }, 'b'),
        act('referrals', 'handoverRevoke', { id, reason: 'nhầm' }),
        act('referrals', 'handoverRedirect', { id, toAgencyId: 'b' }),
      ]),
    );
    const codes = new Set(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code)));
    expect([...codes].filter((code) => !['WRONG_STATE', 'INVALID'].includes(code))).toEqual([]);
    expect(await differences(field.databases.referrals, 'referrals')).toEqual([]);
    expect(failures, 'two that lock each other out cost a second').toEqual([]);
  });
});
