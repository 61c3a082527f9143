import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { today } from '#schema/dates.ts';
import { act, done } from '../testkit/acts.ts';
import { ask, ENGINE, type Stack, startStack } from '../testkit/stack.ts';

const HOTLINE = { agencyId: 'cuc-tre-em' };
const POLICE = { agencyId: 'c02' };
const UNION = { agencyId: 'hlhpn' };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(() => stack?.stop());

const gateway = () => stack.gateway;

describe(`a call that becomes a case, is handed over, and helps a person, on ${ENGINE}`, () => {
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  let before: Figures;
  let call: { id: string };
  let referralCase: { id: string };
  let handover: { id: string };
  let victim: { id: string };

  beforeAll(async () => {
    before = await figures();
  });

  it('counts as a call as soon as it is recorded', async () => {
    call = await done(gateway(), 'callRecord', { ...HOTLINE, receivedAt: hourAgo, category: 'COUNSELLING', callerType: 'VICTIM', provinceId: 'VN34:01' });
    expect(await figures()).toMatchObject({ calls: before.calls + 1, referralCalls: before.referralCalls });
    await done(gateway(), 'callRecategorise', { ...HOTLINE, id: call.id, category: 'REFERRAL', reason: 'it became a referral' });
    expect(await figures()).toMatchObject({ calls: before.calls + 1, referralCalls: before.referralCalls + 1 });
  });

  it('becomes a case, which is found from the call and the call from it', async () => {
    referralCase = await done(gateway(), 'caseOpen', { ...HOTLINE, callId: call.id, callReceivedAt: hourAgo, callerType: 'VICTIM', provinceId: 'VN34:01' });
    const { data, errors } = await ask(gateway(), `query($id: ID!) { call(id: $id) { case { id call { id category } } } }`, { id: call.id });
    expect(errors).toBeUndefined();
    expect(data.call.case).toEqual({ id: referralCase.id, call: { id: call.id, category: 'REFERRAL' } });
    expect(await figures()).toMatchObject({ cases: before.cases + 1 });
  });

  it('goes to an agency, step by step, each by the one that may', async () => {
    handover = await done(gateway(), 'handoverDraft', { ...HOTLINE, caseId: referralCase.id, toAgencyId: 'hlhpn' });
    expect((await act(gateway(), 'handoverSend', { ...HOTLINE, id: handover.id, legalBasis: 'STATUTORY_REPORT' })).userErrors).toMatchObject([
      { code: 'CONSENT_REQUIRED', path: ['input', 'legalBasis'] },
    ]);
    await done(gateway(), 'handoverSend', { ...HOTLINE, id: handover.id, legalBasis: 'CONSENT' });
    expect(await figures()).toMatchObject({ handovers: before.handovers + 1 });
    await done(gateway(), 'handoverAcknowledge', { ...UNION, id: handover.id });
    expect((await act(gateway(), 'handoverReject', { ...UNION, id: handover.id })).userErrors).toMatchObject([
      { code: 'REASON_REQUIRED', path: ['input', 'reason'] },
    ]);
    await done(gateway(), 'handoverReject', { ...UNION, id: handover.id, reason: 'NO_CAPACITY' });
    const redirected = await done(
      gateway(),
      'handoverRedirect',
      { ...HOTLINE, id: handover.id, toAgencyId: 'c02', legalBasis: 'STATUTORY_REPORT' },
      'id state redirectedFrom { id }',
    );
    expect(redirected).toMatchObject({ state: 'DRAFT', redirectedFrom: { id: handover.id } });
    handover = redirected;
    await done(gateway(), 'handoverSend', { ...HOTLINE, id: handover.id });
    for (const [name, state] of [
      ['handoverAcknowledge', 'ACKNOWLEDGED'],
      ['handoverAccept', 'ACCEPTED'],
      ['handoverStart', 'IN_PROGRESS'],
      ['handoverComplete', 'COMPLETED'],
    ] as const) {
      expect((await act(gateway(), name, { ...HOTLINE, id: handover.id })).userErrors, name).toMatchObject([{ code: 'WRONG_AGENCY' }]);
      expect(await done(gateway(), name, { ...POLICE, id: handover.id }, 'state')).toEqual({ state });
    }
    expect(await figures()).toMatchObject({ handovers: before.handovers + 2, accepted: before.accepted + 1, rejected: before.rejected + 1 });
  });

  it('leaves an event of every act, with who, when and what changed', async () => {
    const query = `query($id: ID!) { handover(id: $id) { version events { act state actor agency { id } at changes { field from to } } } }`;
    const { data, errors } = await ask(gateway(), query, { id: handover.id });
    expect(errors).toBeUndefined();
    expect(data.handover.version).toBe(6);
    expect(data.handover.events.map(({ act, state, actor, agency }: Record<string, never>) => [act, state, actor, agency])).toEqual([
      ['handoverRedirect', 'DRAFT', 'officer-1', { id: 'cuc-tre-em' }],
      ['handoverSend', 'SENT', 'officer-1', { id: 'cuc-tre-em' }],
      ['handoverAcknowledge', 'ACKNOWLEDGED', 'officer-1', { id: 'c02' }],
      ['handoverAccept', 'ACCEPTED', 'officer-1', { id: 'c02' }],
      ['handoverStart', 'IN_PROGRESS', 'officer-1', { id: 'c02' }],
      ['handoverComplete', 'COMPLETED', 'officer-1', { id: 'c02' }],
    ]);
    expect(data.handover.events[3].changes).toEqual([
      { field: 'state', from: 'ACKNOWLEDGED', to: 'ACCEPTED' },
      { field: 'acceptedAt', from: null, to: data.handover.events[3].at },
    ]);
  });

  it('is about a person, who is identified when what the law asks for is there', async () => {
    victim = await done(gateway(), 'victimRegister', { ...POLICE, caseId: referralCase.id, sex: 'FEMALE', ageAtTrafficking: 19, acts: ['RECRUITMENT'] });
    const identify = { ...POLICE, id: victim.id, purposes: ['FORCED_LABOUR'] };
    expect((await act(gateway(), 'victimIdentify', identify)).userErrors).toMatchObject([{ code: 'NOT_IDENTIFIABLE', path: ['input', 'legalStatus'] }]);
    await done(gateway(), 'victimIdentify', { ...identify, means: ['DECEPTION'] });
    expect(await figures()).toMatchObject({ persons: before.persons + 1, identified: before.identified + 1 });
    const support = await done(gateway(), 'supportStart', { ...UNION, victimId: victim.id, type: 'PSYCHOLOGICAL' });
    await done(gateway(), 'supportEnd', { ...UNION, id: support.id });
    expect(await figures()).toMatchObject({ supports: before.supports + 1 });
    await done(gateway(), 'victimIdentify', { ...POLICE, id: victim.id, legalStatus: 'NOT_VICTIM', reason: 'the statement was taken back' });
    expect(await figures()).toMatchObject({ persons: before.persons + 1, identified: before.identified });
  });

  it('needs no means for a person under 18', async () => {
    const child = await done(gateway(), 'victimRegister', { ...POLICE, ageAtTrafficking: 17, acts: ['TRANSFER'], purposes: ['ILLEGAL_ADOPTION'] });
    expect(await done(gateway(), 'victimIdentify', { ...POLICE, id: child.id }, 'legalStatus')).toEqual({ legalStatus: 'VICTIM' });
  });

  it('goes through its stages and can be opened again', async () => {
    for (const stage of ['VERIFYING', 'IDENTIFIED', 'SUPPORTING', 'CLOSED']) await done(gateway(), 'caseAdvance', { ...POLICE, id: referralCase.id, stage });
    expect((await act(gateway(), 'caseAdvance', { ...POLICE, id: referralCase.id, stage: 'VERIFYING' })).userErrors).toMatchObject([{ code: 'WRONG_STATE' }]);
    expect((await act(gateway(), 'handoverDraft', { ...POLICE, caseId: referralCase.id, toAgencyId: 'hlhpn' })).userErrors).toMatchObject([
      { code: 'WRONG_STATE', path: ['input', 'caseId'] },
    ]);
    const again = await done(gateway(), 'caseReopen', { ...POLICE, id: referralCase.id, reason: 'new evidence' }, 'stage closedAt');
    expect(again).toEqual({ stage: 'VERIFYING', closedAt: null });
  });

  it('is found from all sides', async () => {
    const query = `query($id: ID!) { referralCase(id: $id) {
      call { callerType case { id } } victims { nodes { id case { id } } } handovers { nodes { state toAgency { id nameEn } } } province { nameEn }
    } }`;
    const { data, errors } = await ask(gateway(), query, { id: referralCase.id });
    expect(errors).toBeUndefined();
    expect(data.referralCase).toMatchObject({
      call: { callerType: 'VICTIM', case: { id: referralCase.id } },
      victims: { nodes: [{ id: victim.id, case: { id: referralCase.id } }] },
      province: { nameEn: 'Hanoi' },
    });
    expect(data.referralCase.handovers.nodes).toHaveLength(2);
  });
});

describe(`a key on ${ENGINE}`, () => {
  const input = { ...HOTLINE, clientMutationId: randomUUID(), receivedAt: '2026-11-01T08:00:00+07:00', category: 'INFORMATION' };

  it('does an act once, however often it is asked, one after another and at once, and gives the same answer', async () => {
    const { calls } = await figures();
    const first = await act(gateway(), 'callRecord', input, 'id version receivedAt');
    const again = await Promise.all(Array.from({ length: 10 }, () => act(gateway(), 'callRecord', input, 'id version receivedAt')));
    for (const answer of again) expect(answer).toEqual(first);
    expect((await figures()).calls).toBe(calls + 1);
    const other = { ...input, clientMutationId: randomUUID() };
    const atOnce = await Promise.all(Array.from({ length: 10 }, () => act(gateway(), 'callRecord', other, 'id')));
    expect(new Set(atOnce.map(({ record }) => record.id)).size).toBe(1);
    expect((await figures()).calls).toBe(calls + 2);
  });

  it('gives the answer that it gave also when the record has changed since, and however its input is written', async () => {
    const first = await act(gateway(), 'callRecord', input, 'id endedAt version');
    await done(gateway(), 'callClose', { ...HOTLINE, id: first.record.id });
    expect(await act(gateway(), 'callRecord', { endedAt: null, ...input }, 'id endedAt version')).toEqual(first);
  });

  it('is refused with other input, and for another act; another agency may have the same', async () => {
    expect((await act(gateway(), 'callRecord', { ...input, category: 'COUNSELLING' })).userErrors).toMatchObject([
      { code: 'KEY_REUSED', path: ['input', 'clientMutationId'] },
    ]);
    const { record } = await act(gateway(), 'callRecord', input);
    expect((await act(gateway(), 'callClose', { ...HOTLINE, clientMutationId: input.clientMutationId, id: record.id })).userErrors).toMatchObject([
      { code: 'KEY_REUSED' },
    ]);
    const theirs = await done(gateway(), 'callRecord', { ...input, ...POLICE });
    expect(theirs.id).not.toBe(record.id);
  });

  it('keeps a refusal too', async () => {
    const { id } = await done(gateway(), 'callRecord', { ...HOTLINE, receivedAt: '2026-11-01T08:00:00+07:00', category: 'INFORMATION' });
    const close = { ...HOTLINE, clientMutationId: randomUUID(), id, ifVersion: 7 };
    const first = await act(gateway(), 'callClose', close);
    expect(first).toMatchObject({ record: { id, version: 1 }, userErrors: [{ code: 'CONFLICT', path: ['input', 'ifVersion'] }] });
    expect(await act(gateway(), 'callClose', close)).toEqual(first);
  });
});

describe(`acts at once on one record on ${ENGINE}`, () => {
  it('are done by one of them, and the others are told what the record is by now', async () => {
    const { id, version } = await done(gateway(), 'caseOpen', { ...HOTLINE });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => act(gateway(), 'caseAdvance', { ...HOTLINE, id, ifVersion: version, stage: 'VERIFYING' }, 'version stage')),
    );
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    for (const { record, userErrors } of answers) {
      expect(record).toEqual({ version: 2, stage: 'VERIFYING' });
      if (userErrors.length > 0) expect(userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    }
  });

  it('open one case for a call', async () => {
    const receivedAt = '2026-11-02T08:00:00+07:00';
    const { id: callId } = await done(gateway(), 'callRecord', { ...HOTLINE, receivedAt, category: 'REFERRAL' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => act(gateway(), 'caseOpen', { ...HOTLINE, callId, callReceivedAt: receivedAt })));
    expect(answers.filter(({ record }) => record !== null)).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(Array(5).fill('ALREADY_EXISTS'));
  });
});

describe(`agencies and plans on ${ENGINE}`, () => {
  const version = { ...HOTLINE, id: 'new-ngo', type: 'NGO', nameVi: 'Tổ chức mới', nameEn: 'New organisation' };
  const versions = 'id version nameEn versions { validFrom validTo nameEn }';

  it('have versions that follow one another', async () => {
    await done(gateway(), 'agencyUpsert', { ...version, validFrom: '2024-01-01' });
    const renamed = await done(gateway(), 'agencyUpsert', { ...version, validFrom: '2025-07-01', nameEn: 'Renamed' }, versions);
    expect(renamed).toEqual({
      id: 'new-ngo',
      version: 2,
      nameEn: 'Renamed',
      versions: [
        { validFrom: '2024-01-01', validTo: '2025-06-30', nameEn: 'New organisation' },
        { validFrom: '2025-07-01', validTo: null, nameEn: 'Renamed' },
      ],
    });
    expect((await act(gateway(), 'agencyUpsert', { ...version, validFrom: '2024-06-01', validTo: '2024-07-01' }, versions)).userErrors).toMatchObject([
      { code: 'INVALID', path: ['input', 'validFrom'] },
    ]);
    const conflict = await act(gateway(), 'agencyUpsert', { ...version, ifVersion: 1, validFrom: '2025-07-01', nameEn: 'Once more' }, versions);
    expect(conflict).toMatchObject({ record: renamed, userErrors: [{ code: 'CONFLICT' }] });
  });

  it('are planned with, by known agencies', async () => {
    const plan = { ...HOTLINE, id: 'plan-next', nameVi: 'Kế hoạch', nameEn: 'Plan', validFrom: '2026-01-01', validTo: '2030-12-31' };
    expect((await act(gateway(), 'planUpsert', { ...plan, memberIds: ['c02', 'nobody'] })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const made = await done(gateway(), 'planUpsert', { ...plan, memberIds: ['c02', 'hlhpn'] }, 'validFrom validTo version members { id }');
    expect(made).toEqual({ validFrom: '2026-01-01', validTo: '2030-12-31', version: 1, members: [{ id: 'c02' }, { id: 'hlhpn' }] });
    expect((await act(gateway(), 'planUpsert', { ...plan, memberIds: ['c02', 'hlhpn'] })).userErrors).toMatchObject([{ code: 'NO_CHANGE' }]);
    expect(await done(gateway(), 'planUpsert', { ...plan, memberIds: ['c02'] }, 'version members { id }')).toEqual({ version: 2, members: [{ id: 'c02' }] });
  });
});

/** What the statistics say now, of today and the time since the start. */
type Figures = Awaited<ReturnType<typeof figures>>;

async function figures() {
  const period = { from: '2014-01-01', to: today() };
  const { data, errors } = await ask(
    gateway(),
    `query($period: PeriodInput!) { statistics(period: $period) {
      calls { total byCategory { category total } } referrals { cases handovers accepted rejected } victims { persons identified supports { total } }
    } }`,
    { period },
  );
  expect(errors).toBeUndefined();
  const [{ calls, referrals, victims }] = data.statistics;
  const referralCalls = calls.byCategory.find(({ category }: { category: string }) => category === 'REFERRAL').total as number;
  return { calls: calls.total, referralCalls, ...referrals, persons: victims.persons, identified: victims.identified, supports: victims.supports.total } as {
    [name in 'calls' | 'referralCalls' | 'cases' | 'handovers' | 'accepted' | 'rejected' | 'persons' | 'identified' | 'supports']: number;
  };
}
