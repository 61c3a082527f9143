import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, done } from '../testkit/acts.ts';
import { ask, ENGINE, type Stack, startStack } from '../testkit/stack.ts';

const HOTLINE = { agencyId: 'cuc-tre-em' };
const POLICE = { agencyId: 'c02' };
const UNION = { agencyId: 'hlhpn' };
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();
const LONG_AGO = '2000-01-01T00:00:00Z';
/** As much as goes into the 64 kB that a request may have. */
const KILOBYTES_48 = 'ấ'.repeat(16 * 1024);
const UNKNOWN = {
  call: '00000000-0000-8100-8000-000000000000',
  case: '00000000-0000-8200-8000-000000000000',
  handover: '00000000-0000-8300-8000-000000000000',
  victim: '00000000-0000-8400-8000-000000000000',
  support: '00000000-0000-8500-8000-000000000000',
};

let stack: Stack;
/** Records that the acts are about, by what they are. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  stack = await startStack();
  const make = async (name: string, act: string, input: Record<string, unknown>) => {
    ids[name] = (await done(stack.gateway, act, input)).id;
  };
  await make('call', 'callRecord', { ...HOTLINE, receivedAt: '2026-11-01T08:00:00+07:00', category: 'REFERRAL' });
  await make('case', 'caseOpen', HOTLINE);
  await make('toUnion', 'handoverDraft', { ...HOTLINE, caseId: ids['case'], toAgencyId: 'hlhpn' });
  await make('draft', 'handoverDraft', { ...HOTLINE, caseId: ids['case'], toAgencyId: 'c02' });
  await make('sent', 'handoverDraft', { ...HOTLINE, caseId: ids['case'], toAgencyId: 'c02' });
  await done(stack.gateway, 'handoverSend', { ...HOTLINE, id: ids['sent'], legalBasis: 'STATUTORY_REPORT' });
  await make('rejected', 'handoverDraft', { ...HOTLINE, caseId: ids['case'], toAgencyId: 'c02', legalBasis: 'CONSENT' });
  await done(stack.gateway, 'handoverSend', { ...HOTLINE, id: ids['rejected'] });
  await done(stack.gateway, 'handoverReject', { ...POLICE, id: ids['rejected'], reason: 'NO_CAPACITY' });
  await done(stack.gateway, 'handoverRedirect', { ...HOTLINE, id: ids['rejected'], toAgencyId: 'pcmt-bdbp' });
  // The police took the case on and would hand it on; then it was taken from them.
  await make('taken', 'handoverDraft', { ...HOTLINE, caseId: ids['case'], toAgencyId: 'c02', legalBasis: 'CONSENT' });
  await done(stack.gateway, 'handoverSend', { ...HOTLINE, id: ids['taken'] });
  for (const step of ['handoverAcknowledge', 'handoverAccept']) await done(stack.gateway, step, { ...POLICE, id: ids['taken'] });
  await make('onward', 'handoverDraft', { ...POLICE, caseId: ids['case'], toAgencyId: 'hlhpn', legalBasis: 'CONSENT' });
  await done(stack.gateway, 'handoverRevoke', { ...HOTLINE, id: ids['taken'], reason: 'another agency is nearer' });
  await make('identified', 'victimRegister', { ...POLICE, ageAtTrafficking: 16, acts: ['TRANSFER'], purposes: ['FORCED_LABOUR'] });
  await done(stack.gateway, 'victimIdentify', { ...POLICE, id: ids['identified'] });
  await make('adult', 'victimRegister', { ...POLICE, ageAtTrafficking: 18, acts: ['TRANSFER'], purposes: ['FORCED_LABOUR'] });
  await make('child', 'victimRegister', { ...POLICE, ageAtTrafficking: 17, acts: ['TRANSFER'], purposes: ['UNKNOWN'] });
  await make('ageless', 'victimRegister', { ...POLICE, acts: ['TRANSFER'], purposes: ['FORCED_LABOUR'] });
  await make('noVictim', 'victimRegister', POLICE);
  await done(stack.gateway, 'victimIdentify', { ...POLICE, id: ids['noVictim'], legalStatus: 'NOT_VICTIM', reason: 'no sign of it' });
  await make('support', 'supportStart', { ...UNION, victimId: ids['adult'], type: 'MEDICAL' });
}, 120_000);
afterAll(() => stack?.stop());

/** An act that must be refused: with which code, and where. `ID:x` stands for the id of the record x. */
type Refused = readonly [what: string, act: string, input: Record<string, unknown>, code: string, path: string];

const CALL = { ...HOTLINE, receivedAt: '2026-11-01T08:00:00+07:00', category: 'INFORMATION' };
const CASES: readonly Refused[] = [
  ['a call that is not known', 'callClose', { ...HOTLINE, id: UNKNOWN.call }, 'NOT_FOUND', 'id'],
  ['a case that is not known', 'caseAdvance', { ...HOTLINE, id: UNKNOWN.case, stage: 'VERIFYING' }, 'NOT_FOUND', 'id'],
  ['a handover that is not known', 'handoverSend', { ...HOTLINE, id: UNKNOWN.handover }, 'NOT_FOUND', 'id'],
  ['a handover to be redirected that is not known', 'handoverRedirect', { ...HOTLINE, id: UNKNOWN.handover, toAgencyId: 'c02' }, 'NOT_FOUND', 'id'],
  ['a case to be handed over that is not known', 'handoverDraft', { ...HOTLINE, caseId: UNKNOWN.case, toAgencyId: 'c02' }, 'NOT_FOUND', 'caseId'],
  ['a person that is not known', 'victimUpdate', { ...POLICE, id: UNKNOWN.victim, sex: 'MALE' }, 'NOT_FOUND', 'id'],
  ['a person to be supported that is not known', 'supportStart', { ...UNION, victimId: UNKNOWN.victim, type: 'MEDICAL' }, 'NOT_FOUND', 'victimId'],
  ['support that is not known', 'supportEnd', { ...UNION, id: UNKNOWN.support }, 'NOT_FOUND', 'id'],
  ['what is no id', 'callClose', { ...HOTLINE, id: "'; DROP TABLE call; --" }, 'NOT_FOUND', 'id'],
  ['an id with a null byte', 'callClose', { ...HOTLINE, id: 'a\0b' }, 'NOT_FOUND', 'id'],
  ['an id with half a surrogate pair', 'callClose', { ...HOTLINE, id: '\uD800' }, 'NOT_FOUND', 'id'],
  ['the id of a case for a call', 'callClose', { ...HOTLINE, id: 'ID:case' }, 'WRONG_TYPE', 'id'],
  ['the id of a call for a case', 'handoverDraft', { ...HOTLINE, caseId: 'ID:call', toAgencyId: 'c02' }, 'WRONG_TYPE', 'caseId'],
  ['the id of a person for a handover', 'handoverAccept', { ...POLICE, id: 'ID:adult' }, 'WRONG_TYPE', 'id'],
  ['the id of support for a person', 'victimIdentify', { ...POLICE, id: 'ID:support' }, 'WRONG_TYPE', 'id'],
  ['the id of a person for a call', 'caseOpen', { ...HOTLINE, callId: 'ID:adult', callReceivedAt: LONG_AGO }, 'WRONG_TYPE', 'callId'],
  ['a caller of an agency that is not known', 'callRecord', { ...CALL, agencyId: 'nobody' }, 'NOT_FOUND', ''],
  ['a receiver that is not known', 'handoverDraft', { ...HOTLINE, caseId: 'ID:case', toAgencyId: 'nobody' }, 'NOT_FOUND', 'toAgencyId'],
  ['oneself as the receiver', 'handoverDraft', { ...HOTLINE, caseId: 'ID:case', toAgencyId: 'cuc-tre-em' }, 'INVALID', 'toAgencyId'],
  ['another agency’s call', 'callClose', { ...POLICE, id: 'ID:call' }, 'WRONG_AGENCY', 'id'],
  ['another agency’s case', 'caseAdvance', { ...UNION, id: 'ID:case', stage: 'VERIFYING' }, 'WRONG_AGENCY', 'id'],
  ['another agency’s case, by its version', 'caseAdvance', { ...UNION, id: 'ID:case', ifVersion: 99, stage: 'VERIFYING' }, 'WRONG_AGENCY', 'id'],
  ['another agency’s draft', 'handoverSend', { ...POLICE, id: 'ID:draft', legalBasis: 'CONSENT' }, 'WRONG_AGENCY', 'id'],
  ['acceptance by the sender', 'handoverAccept', { ...HOTLINE, id: 'ID:sent' }, 'WRONG_AGENCY', 'id'],
  ['revocation by the receiver', 'handoverRevoke', { ...POLICE, id: 'ID:sent', reason: 'why' }, 'WRONG_AGENCY', 'id'],
  ['another agency’s person', 'victimIdentify', { ...UNION, id: 'ID:adult', means: ['FORCE'] }, 'WRONG_AGENCY', 'id'],
  ['another agency’s support', 'supportEnd', { ...POLICE, id: 'ID:support' }, 'WRONG_AGENCY', 'id'],
  ['a step that the state does not allow', 'handoverAccept', { ...POLICE, id: 'ID:sent' }, 'WRONG_STATE', 'id'],
  ['support to a person who is no victim', 'supportStart', { ...UNION, victimId: 'ID:noVictim', type: 'MEDICAL' }, 'WRONG_STATE', 'victimId'],
  ['a handover on by an agency from which the case was taken', 'handoverSend', { ...POLICE, id: 'ID:onward' }, 'WRONG_AGENCY', 'id'],
  ['a second redirection', 'handoverRedirect', { ...HOTLINE, id: 'ID:rejected', toAgencyId: 'hlhpn' }, 'ALREADY_EXISTS', 'id'],
  ['the same decision again', 'victimIdentify', { ...POLICE, id: 'ID:identified' }, 'NO_CHANGE', 'legalStatus'],
  [
    'other evidence of an identified victim without a reason',
    'victimIdentify',
    { ...POLICE, id: 'ID:identified', means: ['FORCE'] },
    'REASON_REQUIRED',
    'reason',
  ],
  [
    'a version of an agency that is not there',
    'agencyUpsert',
    { ...HOTLINE, id: 'c2', ifVersion: 1, type: 'NGO', nameVi: 'a', nameEn: 'a' },
    'NOT_FOUND',
    'id',
  ],
  [
    'a version on the first day of the calendar',
    'agencyUpsert',
    { ...HOTLINE, id: 'c02', validFrom: '0001-01-01', type: 'NGO', nameVi: 'a', nameEn: 'a' },
    'INVALID',
    'validFrom',
  ],
  ['a stage that may not follow', 'caseAdvance', { ...HOTLINE, id: 'ID:case', stage: 'CLOSED' }, 'WRONG_STATE', 'stage'],
  ['a case to be opened again that is not closed', 'caseReopen', { ...HOTLINE, id: 'ID:case', reason: 'why' }, 'WRONG_STATE', 'id'],
  ['a correction without a reason', 'callRecategorise', { ...HOTLINE, id: 'ID:call', category: 'COUNSELLING' }, 'REASON_REQUIRED', 'reason'],
  ['a correction with a blank reason', 'callRecategorise', { ...HOTLINE, id: 'ID:call', category: 'COUNSELLING', reason: ' \n' }, 'REASON_REQUIRED', 'reason'],
  ['a rejection without a reason', 'handoverReject', { ...POLICE, id: 'ID:sent' }, 'REASON_REQUIRED', 'reason'],
  ['a revocation without a reason', 'handoverRevoke', { ...HOTLINE, id: 'ID:sent' }, 'REASON_REQUIRED', 'reason'],
  ['a decision against without a reason', 'victimIdentify', { ...POLICE, id: 'ID:adult', legalStatus: 'NOT_VICTIM' }, 'REASON_REQUIRED', 'reason'],
  [
    'a handover to the women’s union without consent',
    'handoverSend',
    { ...HOTLINE, id: 'ID:toUnion', legalBasis: 'STATUTORY_REPORT' },
    'CONSENT_REQUIRED',
    'legalBasis',
  ],
  ['a handover on no legal basis', 'handoverSend', { ...HOTLINE, id: 'ID:draft' }, 'CONSENT_REQUIRED', 'legalBasis'],
  ['an adult without means', 'victimIdentify', { ...POLICE, id: 'ID:adult' }, 'NOT_IDENTIFIABLE', 'legalStatus'],
  ['a person of unknown age without means', 'victimIdentify', { ...POLICE, id: 'ID:ageless' }, 'NOT_IDENTIFIABLE', 'legalStatus'],
  ['a person under 18 without a known purpose', 'victimIdentify', { ...POLICE, id: 'ID:child', means: ['FORCE'] }, 'NOT_IDENTIFIABLE', 'legalStatus'],
  ['an accompanying minor of 18', 'victimRegister', { ...POLICE, legalStatus: 'ACCOMPANYING_MINOR', ageAtTrafficking: 18 }, 'INVALID', 'ageAtTrafficking'],
  ['an age below 0', 'victimRegister', { ...POLICE, ageAtTrafficking: -1 }, 'INVALID', 'ageAtTrafficking'],
  ['a country that is none', 'victimRegister', { ...POLICE, destinationCountry: 'XX' }, 'INVALID', 'destinationCountry'],
  ['a topic twice', 'callRecord', { ...CALL, topics: ['LEGAL', 'LEGAL'] }, 'INVALID', 'topics'],
  ['a call of tomorrow', 'callRecord', { ...CALL, receivedAt: TOMORROW }, 'IN_FUTURE', 'receivedAt'],
  ['a call that ends tomorrow', 'callClose', { ...HOTLINE, id: 'ID:call', endedAt: TOMORROW }, 'IN_FUTURE', 'endedAt'],
  ['a case of tomorrow', 'caseOpen', { ...HOTLINE, openedAt: TOMORROW }, 'IN_FUTURE', 'openedAt'],
  ['a step of tomorrow', 'handoverAcknowledge', { ...POLICE, id: 'ID:sent', at: TOMORROW }, 'IN_FUTURE', 'at'],
  ['a person of tomorrow', 'victimRegister', { ...POLICE, registeredAt: TOMORROW }, 'IN_FUTURE', 'registeredAt'],
  ['support of tomorrow', 'supportStart', { ...UNION, victimId: 'ID:adult', type: 'MEDICAL', startedAt: TOMORROW }, 'IN_FUTURE', 'startedAt'],
  ['an end before the beginning', 'callClose', { ...HOTLINE, id: 'ID:call', endedAt: LONG_AGO }, 'OUT_OF_ORDER', 'endedAt'],
  ['a step before the one before', 'handoverAcknowledge', { ...POLICE, id: 'ID:sent', at: LONG_AGO }, 'OUT_OF_ORDER', 'at'],
  [
    'a case opened before its call',
    'caseOpen',
    { ...HOTLINE, callId: UNKNOWN.call, callReceivedAt: '2026-01-02T00:00:00Z', openedAt: '2026-01-01T00:00:00Z' },
    'OUT_OF_ORDER',
    'openedAt',
  ],
  ['a case of a call without when it came in', 'caseOpen', { ...HOTLINE, callId: UNKNOWN.call }, 'REQUIRED', 'callReceivedAt'],
  ['a province that is not known', 'callRecord', { ...CALL, provinceId: 'VN34:99' }, 'NOT_FOUND', 'provinceId'],
  ['a province that was no more', 'callRecord', { ...CALL, provinceId: 'VN63:24' }, 'INVALID', 'provinceId'],
  ['48 kB of text for a reason', 'callRecategorise', { ...HOTLINE, id: 'ID:call', category: 'COUNSELLING', reason: KILOBYTES_48 }, 'TOO_LONG', 'reason'],
  ['a null byte in a reason', 'caseReopen', { ...HOTLINE, id: 'ID:case', reason: 'a\0b' }, 'INVALID', 'reason'],
  ['half a surrogate pair in a reason', 'caseReopen', { ...HOTLINE, id: 'ID:case', reason: 'a\uD83D' }, 'INVALID', 'reason'],
  ['half a surrogate pair in a note', 'handoverReject', { ...POLICE, id: 'ID:sent', reason: 'OTHER', note: '\uDE00' }, 'INVALID', 'note'],
  ['an empty key', 'callRecord', { ...CALL, clientMutationId: '' }, 'REQUIRED', 'clientMutationId'],
  ['a key with a line break', 'callRecord', { ...CALL, clientMutationId: 'a\nb' }, 'INVALID', 'clientMutationId'],
  ['a key of 201 characters', 'callRecord', { ...CALL, clientMutationId: 'k'.repeat(201) }, 'TOO_LONG', 'clientMutationId'],
  ['a person put to a case without its pass', 'victimRegister', { ...POLICE, caseId: 'ID:case', casePass: null }, 'WRONG_AGENCY', 'casePass'],
  ['a person moved to a case without its pass', 'victimUpdate', { ...POLICE, id: 'ID:adult', caseId: 'ID:case', casePass: null }, 'WRONG_AGENCY', 'casePass'],
  ['a pass that is none', 'victimRegister', { ...POLICE, caseId: 'ID:case', casePass: 'abc.def' }, 'WRONG_AGENCY', 'casePass'],
  ['a pass without its case', 'supportStart', { ...UNION, victimId: 'ID:adult', type: 'MEDICAL', casePass: 'abc.def' }, 'WRONG_AGENCY', 'casePass'],
  ['an agency’s name with a null byte', 'agencyUpsert', { ...HOTLINE, id: 'x', type: 'NGO', nameVi: 'a\0', nameEn: 'a' }, 'INVALID', 'nameVi'],
  ['an agency’s id with a space', 'agencyUpsert', { ...HOTLINE, id: 'x y', type: 'NGO', nameVi: 'a', nameEn: 'a' }, 'INVALID', 'id'],
  [
    'a version that ends before it begins',
    'agencyUpsert',
    { ...HOTLINE, id: 'x', type: 'NGO', nameVi: 'a', nameEn: 'a', validFrom: '2025-01-02', validTo: '2025-01-01' },
    'OUT_OF_ORDER',
    'validTo',
  ],
  [
    'a plan without members',
    'planUpsert',
    { ...HOTLINE, id: 'x', nameVi: 'a', nameEn: 'a', validFrom: '2025-01-01', validTo: '2025-12-31', memberIds: [] },
    'REQUIRED',
    'memberIds',
  ],
];

describe(`an act is refused, and nothing is written, with ${ENGINE}`, () => {
  it.each(CASES)('%s', async (_, name, input, code, path) => {
    const before = await written();
    const { record, userErrors, errors } = await act(stack.gateway, name, withIds(input));
    expect({ record, errors, userErrors }).toEqual({
      record: null,
      errors: undefined,
      userErrors: [{ code, path: ['input', path].filter(Boolean), message: expect.stringMatching(/\S · \S/) }],
    });
    expect(await written()).toEqual(before);
  });

  it.each([
    ['a category that is none', 'callRecord', { ...CALL, category: 'COMPLAINT' }],
    ['no key', 'callRecord', { ...CALL, clientMutationId: null }],
    ['a day that does not exist', 'callRecord', { ...CALL, receivedAt: '2026-02-30T00:00:00Z' }],
    ['a moment at the edge of the calendar', 'callRecord', { ...CALL, receivedAt: '0001-01-01T00:00:00+14:00' }],
    ['a moment without an offset', 'callRecord', { ...CALL, receivedAt: '2026-02-01T00:00:00' }],
    ['a field that is none', 'callRecord', { ...CALL, phoneNumber: '0900' }],
    ['a version that is no number', 'callClose', { ...HOTLINE, id: UNKNOWN.call, ifVersion: 'one' }],
    ['a version beyond any', 'callClose', { ...HOTLINE, id: UNKNOWN.call, ifVersion: 2 ** 40 }],
  ])('%s: by the schema', async (_, name, input) => {
    const before = await written();
    const { errors } = await act(stack.gateway, name, input);
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['BAD_USER_INPUT']);
    expect(await written()).toEqual(before);
  });
});

describe(`what is odd and right, with ${ENGINE}`, () => {
  it('is kept as it was written: emoji, other scripts, line breaks', async () => {
    const reason = 'Gọi lại 😀👨‍👩‍👧 \n\tالعربية ấ e\u0302\u0301';
    const { id } = await done(stack.gateway, 'callRecord', CALL);
    await done(stack.gateway, 'callRecategorise', {
      ...HOTLINE,
      clientMutationId: `🔑 ${randomUUID()}`,
      actor: 'o-A~1',
      id,
      category: 'COUNSELLING',
      reason,
    });
    const { data } = await ask(stack.gateway, 'query($id: ID!) { call(id: $id) { events { actor changes { field to } } } }', { id });
    expect(data.call.events.at(-1)).toEqual({
      actor: 'o-A~1',
      changes: [
        { field: 'category', to: 'COUNSELLING' },
        { field: 'reason', to: reason },
      ],
    });
  });

  it('is taken where it is the very bound', async () => {
    const { id } = await done(stack.gateway, 'callRecord', { ...CALL, clientMutationId: randomUUID().padEnd(200, 'k') });
    await done(stack.gateway, 'callRecategorise', { ...HOTLINE, id, category: 'COUNSELLING', reason: 'r'.repeat(1_000) });
    await done(stack.gateway, 'victimRegister', { ...POLICE, legalStatus: 'ACCOMPANYING_MINOR', ageAtTrafficking: 17 });
    await done(stack.gateway, 'victimRegister', { ...POLICE, ageAtTrafficking: 0, destinationCountry: 'KH', originProvinceId: 'VN34:24' });
  });
});

/** When records were last written in each service, and what the records that the acts are about have been through. */
async function written() {
  const query = `query($call: ID!, $case: ID!, $sent: ID!, $draft: ID!, $toUnion: ID!, $adult: ID!, $support: ID!) {
    statistics(period: { from: "2026-01-01", to: "2026-12-31" }) { calls { asOf } referrals { asOf } victims { asOf } }
    agencies { id version } coordinationPlans { id version }
    call(id: $call) { version events { id } } referralCase(id: $case) { version events { id } }
    sent: handover(id: $sent) { version events { id } } draft: handover(id: $draft) { version } toUnion: handover(id: $toUnion) { version }
    victim(id: $adult) { version events { id } } support(id: $support) { version }
  }`;
  const { call, sent, draft, toUnion, adult, support } = ids;
  const { data, errors } = await ask(stack.gateway, query, { call, case: ids['case'], sent, draft, toUnion, adult, support });
  expect(errors).toBeUndefined();
  return data;
}

function withIds(input: Record<string, unknown>): Record<string, unknown> {
  const known = (value: unknown) => (typeof value === 'string' && value.startsWith('ID:') ? ids[value.slice(3)] : value);
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, known(value)]));
}
