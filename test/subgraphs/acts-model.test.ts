import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Act } from '#shared/acts/act.ts';
import type { Row } from '#shared/records.ts';
import { type Field, openField, PRODUCT, runSequence } from '../campaigns/acts/sequence.ts';
import { sequence } from '../campaigns/acts/steps.ts';
import { ENGINE } from '../testkit/stack.ts';

const SEED = Date.now() % 1_000_000_000;

let field: Field;
beforeAll(async () => {
  field = await openField();
});
afterAll(() => field?.close());

/** Random sequences, each held against the model; `where` may have other acts than the product's. */
function campaign(where: Field, numRuns: number, counting = true): Promise<void> {
  const property = fc.asyncProperty(sequence, (steps) => runSequence(where, steps, { counting }));
  return fc.assert(property, { seed: SEED, numRuns, endOnFailure: true, includeErrorInReport: true }) as Promise<void>;
}

/** The product's acts with one that takes a record for what it is not. */
function broken(subgraph: 'referrals' | 'victims', name: string, pretend: (record: Row) => Row): Field {
  const act = PRODUCT[subgraph][name] as Act;
  const decide: Act['decide'] = (record, input, acting) => act.decide(record === null ? null : pretend(record), input, acting);
  return { ...field, acts: { ...PRODUCT, [subgraph]: { ...PRODUCT[subgraph], [name]: { ...act, decide } } } };
}

describe(`random sequences of acts on ${ENGINE} (seed ${SEED})`, { timeout: 120_000 }, () => {
  it('are done or refused as the model says, and leave the records, events and rollups that it says', async () => {
    await campaign(field, 16);
    expect(field.seen.size).toBeGreaterThan(20);
  });

  // Each with a rule broken on purpose: a campaign that cannot fail proves nothing.
  it('would show a state machine with one more arrow', async () => {
    const more = broken('referrals', 'caseAdvance', (record) => (record['stage'] === 'RECEIVED' ? { ...record, stage: 'RESCUING' } : record));
    await expect(campaign(more, 60, false)).rejects.toThrow(/the answer to caseAdvance/);
  });

  it('would show a state machine with an arrow missing', async () => {
    const fewer = broken('referrals', 'handoverAcknowledge', (record) => ({ ...record, state: 'DRAFT' }));
    await expect(campaign(fewer, 60, false)).rejects.toThrow(/the answer to handoverAcknowledge/);
  });

  it('would show identification without means', async () => {
    const lax = broken('victims', 'victimIdentify', (record) => ({ ...record, acts: ['TRANSFER'], means: ['FORCE'], purposes: ['OTHER'] }));
    await expect(campaign(lax, 60, false)).rejects.toThrow(/the answer to victimIdentify/);
  });

  it.each([
    ['an event that was lost', 'referrals', 'record_event', 'BEFORE INSERT', 'RETURN NULL', /events of referrals/],
    ['a version that was not counted', 'referrals', 'referral_case', 'BEFORE UPDATE', 'NEW.version = 1; RETURN NEW', /the answer to caseAdvance/],
    [
      'a record that differs from the answer',
      'calls',
      'call',
      'AFTER INSERT',
      'DELETE FROM call WHERE id = NEW.id; RETURN NEW',
      /the answer to call|records of calls/,
    ],
  ] as const)('would show %s', async (_, subgraph, table, when, body, expected) => {
    const database = field.databases[subgraph];
    await database.query(`CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${body}; END $$`);
    await database.query(`CREATE TRIGGER sabotage ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION sabotage()`);
    try {
      await expect(campaign(field, 60, false)).rejects.toThrow(expected);
    } finally {
      await database.query('DROP FUNCTION sabotage CASCADE');
    }
  });

  it('would show a figure that was not counted', async () => {
    await field.databases.calls.query('ALTER TABLE call DISABLE TRIGGER USER');
    try {
      await expect(campaign(field, 60)).rejects.toThrow(/rollups of calls/);
    } finally {
      await field.databases.calls.query('ALTER TABLE call ENABLE TRIGGER USER');
    }
  });
});
