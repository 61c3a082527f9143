import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCasePass, PASS_LIFETIME } from '#schema/case-pass.ts';
import { act, done, passOf } from '../testkit/acts.ts';
import { writeCsv } from '../testkit/csv-files.ts';
import { runImport } from '../testkit/import-command.ts';
import { ask, ENGINE, type Stack, startStack } from '../testkit/stack.ts';
import type { AskAs } from '../testkit/tokens.ts';

const RECORD_ID_KEY = 'a key of the tests of what agencies see';
const PASS_KEY = Buffer.from(hkdfSync('sha256', RECORD_ID_KEY, '', 'case pass', 32));
/** `a` opens the case and registers the person, `b` receives handovers, `c` has nothing to do with either. */
const [A, B, C] = (['a', 'b', 'c'] as const).map((agencyId) => ({ agencyId })) as [Actor, Actor, Actor];
type Actor = { readonly agencyId: string };
// What tests ask is no trusted document: developers may ask such.
const officer = ({ agencyId }: Actor): AskAs => ({
  roles: ['officer', 'developer'],
  agency: agencyId,
  subject: `officer-of-${agencyId}`,
  purpose: 'CASE_WORK',
});
const COORDINATOR: AskAs = { roles: ['coordinator'], agency: 'c', subject: 'coordinator', purpose: 'COORDINATION' };

let stack: Stack;
let call: string;
let file: string;
let other: string;
let person: string;
let support: string;
let handover: string;

beforeAll(async () => {
  // What the ministries really grant, not what tests of the machinery are granted.
  stack = await startStack({ demo: false, env: { RECORD_ID_KEY, GRANTS_FOLDER: '' } });
  const agencies = ['a', 'b', 'c'].map((id) => ({ id, type: 'POLICE', nameVi: id, nameEn: id }));
  const provinces = [{ scheme: 'P', code: '1', nameVi: 'P', nameEn: 'P' }];
  for (const [kind, rows] of Object.entries({ agencies, provinces })) {
    const { code, output } = await runImport(stack.env, kind, writeCsv(join(stack.folder, `${kind}.csv`), rows));
    expect(code, output).toBe(0);
  }
  const { gateway } = stack;
  call = (await done(gateway, 'callRecord', { ...A, receivedAt: '2026-11-01T08:00:00+07:00', category: 'REFERRAL', provinceId: 'P:1' })).id;
  file = (await done(gateway, 'caseOpen', { ...A, callId: call, callReceivedAt: '2026-11-01T08:00:00+07:00', provinceId: 'P:1' })).id;
  other = (await done(gateway, 'caseOpen', A)).id;
  person = (await done(gateway, 'victimRegister', { ...A, caseId: file, originProvinceId: 'P:1' })).id;
  support = (await done(gateway, 'supportStart', { ...A, victimId: person, type: 'MEDICAL' })).id;
  handover = (await done(gateway, 'handoverDraft', { ...A, caseId: file, toAgencyId: 'b', legalBasis: 'CONSENT' })).id;
}, 120_000);
afterAll(() => stack?.stop());

const LOOK = `query($call: ID!, $file: ID!, $person: ID!, $support: ID!, $handover: ID!) {
  call(id: $call) { id case { id } events { act } } referralCase(id: $file) { id events { act } handovers(first: 5) { totalCount } victims(first: 5) { ...Persons } }
  handover(id: $handover) { id events { act } case { id victims(first: 5) { ...Persons } } }
  victim(id: $person) { id events { act } } support(id: $support) { id victim { id } events { act } }
  calls(first: 5) { ...Calls } referralCases(first: 5, filter: { fromCall: true }) { totalCount nodes { id } } handovers(first: 5) { totalCount nodes { id } }
  victims(first: 5) { ...Persons } supports(first: 5) { totalCount nodes { id } }
  asCall: node(id: $call) { ... on Call { category } } asCase: node(id: $file) { ... on ReferralCase { stage } }
  asPerson: node(id: $person) { ... on Victim { legalStatus } } asSupport: node(id: $support) { ... on SupportService { type } }
  asHandover: node(id: $handover) { ... on Handover { state } }
  province(id: "P:1") { calls(first: 5) { totalCount } cases(first: 5) { totalCount } victims(first: 5) { ...Persons } }
  agency(id: "a") { calls(first: 5) { totalCount } cases(first: 5, filter: { fromCall: true }) { totalCount } victims(first: 5) { ...Persons } supports(first: 5) { totalCount } handoversSent(first: 5) { totalCount } }
}
fragment Calls on CallConnection { totalCount nodes { id } }
fragment Persons on VictimConnection { totalCount nodes { id events { act } supports(first: 5) { totalCount nodes { id events { act } } } } }`;

/** What somebody sees of each record, by the ways that lead to it; all errors must be of records that are not there. */
async function look(as: AskAs) {
  const { data = {}, errors = [] } = await ask(stack.gateway, LOOK, { call, file, person, support, handover }, {}, { as });
  expect(errors.filter(({ extensions }) => !['RECORD_NOT_FOUND', 'FORBIDDEN'].includes(String(extensions?.['code'])))).toEqual([]);
  const has = (list: { totalCount: number; nodes?: unknown[] } | null | undefined) => {
    if (list?.nodes && list.nodes.length !== list.totalCount) throw new Error(`a list of ${list.nodes.length} says that it has ${list.totalCount}`);
    return (list?.totalCount ?? 0) > 0;
  };
  const ways: Record<string, boolean> = {
    'call(id)': Boolean(data.call),
    calls: has(data.calls),
    'node: call': data.asCall?.category !== undefined,
    'province.calls': has(data.province?.calls),
    'agency.calls': has(data.agency?.calls),
    'referralCase(id)': Boolean(data.referralCase),
    'call.case': Boolean(data.call?.case),
    referralCases: has(data.referralCases),
    'node: case': data.asCase?.stage !== undefined,
    'province.cases': has(data.province?.cases),
    'agency.cases': has(data.agency?.cases),
    'handover(id)': Boolean(data.handover),
    handovers: has(data.handovers),
    'node: handover': data.asHandover?.state !== undefined,
    'agency.handoversSent': has(data.agency?.handoversSent),
    'case.victims': has(data.referralCase?.victims),
    'handover.case.victims': has(data.handover?.case?.victims),
    'victim(id)': Boolean(data.victim),
    victims: has(data.victims),
    'node: victim': data.asPerson?.legalStatus !== undefined,
    'province.victims': has(data.province?.victims),
    'agency.victims': has(data.agency?.victims),
    'support(id)': Boolean(data.support),
    supports: has(data.supports),
    'node: support': data.asSupport?.type !== undefined,
    'agency.supports': has(data.agency?.supports),
  };
  return { ways: Object.keys(ways).filter((way) => ways[way]), data };
}

const OF_CASE = ['referralCase(id)', 'referralCases', 'node: case', 'province.cases', 'agency.cases'];
const OF_HANDOVER = ['handover(id)', 'handovers', 'node: handover', 'agency.handoversSent'];
const THROUGH_CASE = ['case.victims', 'handover.case.victims'];
/** All that the receiver of a handover sees: the case, and the persons by way of it. */
const RECEIVED = [...OF_CASE, ...OF_HANDOVER, ...THROUGH_CASE];

describe(`who sees what, on ${ENGINE}`, () => {
  it('ROW-01: an agency sees its own records by every way, with their events', async () => {
    const { ways, data } = await look(officer(A));
    expect(ways).toHaveLength(26);
    expect(data.referralCase.victims).toEqual({
      totalCount: 1,
      nodes: [{ id: person, events: [{ act: 'victimRegister' }], supports: { totalCount: 1, nodes: [{ id: support, events: [{ act: 'supportStart' }] }] } }],
    });
  });

  it('ROW-02: a handover that is a draft MUST show its receiver nothing', async () => {
    expect((await look(officer(B))).ways).toEqual([]);
    expect(await passOf(stack.gateway, file, officer(B))).toBeNull();
  });

  it('ROW-03: once it is sent the receiver sees the case, and its persons by way of the case alone; another agency MUST see nothing', async () => {
    await done(stack.gateway, 'handoverSend', { ...A, id: handover });
    const { ways, data } = await look(officer(B));
    expect(ways.sort()).toEqual([...RECEIVED].sort());
    expect(data.handover.case.victims.nodes).toMatchObject([{ id: person, supports: { nodes: [{ id: support, events: [{ act: 'supportStart' }] }] } }]);
    expect((await look(officer(C))).ways).toEqual([]);
  });

  it('ROW-04: without a purpose, a role or an agency nobody MUST see anything, also of a service that is asked directly', async () => {
    const query = 'query($person: ID!) { victim(id: $person) { id } victims(first: 5) { totalCount nodes { id } } }';
    for (const as of [{ ...officer(A), purpose: null }, { ...officer(A), roles: ['dashboard', 'developer'] } as const, { ...officer(A), agency: null }]) {
      expect((await look(as)).ways).toEqual([]);
      const { data } = await ask(stack.subgraphs.victims, query, { person }, {}, { as });
      expect([data?.victim ?? null, data?.victims?.totalCount ?? 0, data?.victims?.nodes ?? []]).toEqual([null, 0, []]);
    }
  });

  it('ROW-05: coordinators see the cases and handovers of all, and the persons of cases; calls they MUST NOT see', async () => {
    const query = `query($file: ID!, $handover: ID!) {
      referralCase(id: $file) { id victims(first: 5) { totalCount nodes { id } } } handover(id: $handover) { id } victims(first: 5) { totalCount nodes { id } }
      referralCases(first: 5) { totalCount } handovers(first: 5) { totalCount } }`;
    const { data, errors } = await ask(stack.gateway, query, { file, handover }, {}, { as: COORDINATOR });
    expect(errors).toBeUndefined();
    const persons = { totalCount: 1, nodes: [{ id: person }] };
    expect(data).toEqual({
      ...{ referralCase: { id: file, victims: persons }, handover: { id: handover }, victims: persons },
      ...{ referralCases: { totalCount: 2 }, handovers: { totalCount: 1 } },
    });
    for (const service of [stack.gateway, stack.subgraphs.calls]) {
      const { data: calls } = await ask(
        service,
        'query($call: ID!) { call(id: $call) { id } calls(first: 5) { totalCount } }',
        { call },
        {},
        { as: COORDINATOR },
      );
      expect(calls ?? { call: null, calls: null }).toEqual({ call: null, calls: null });
    }
  });

  it('ROW-13: totals count what is seen, also where the rollups count more', async () => {
    const query = `{ calls(first: 5) { totalCount nodes { id } } of: calls(first: 5, filter: { agency: "a" }) { totalCount nodes { id } }
      referrals: calls(first: 5, filter: { category: REFERRAL }) { totalCount nodes { id } } province(id: "P:1") { calls(first: 5) { totalCount nodes { id } } } }`;
    const counted = async (as: AskAs) => {
      const { data, errors } = await ask(stack.gateway, query, {}, {}, { as });
      expect(errors).toBeUndefined();
      const lists = [data.calls, data.of, data.referrals, data.province.calls];
      expect(lists.map(({ nodes }) => nodes.length)).toEqual(lists.map(({ totalCount }) => totalCount));
      return lists.map(({ totalCount }) => totalCount);
    };
    await done(stack.gateway, 'callRecord', { ...C, receivedAt: '2026-11-02T08:00:00+07:00', category: 'INFORMATION', provinceId: 'P:1' });
    expect(await counted(officer(A))).toEqual([1, 1, 1, 1]);
    expect(await counted(officer(B))).toEqual([0, 0, 0, 0]);
    expect(await counted(officer(C))).toEqual([1, 0, 0, 1]);
  });
});

const PERSONS_OF = `query($r: [_Any!]!) { _entities(representations: $r) { ... on ReferralCase { victims(first: 5) { totalCount nodes { id events { act } supports { totalCount } } } } } }`;

/** What the victims service, asked as the gateway asks, gives of the persons of a case. */
async function personsOf(actor: Actor, id: string, pass: string | undefined): Promise<unknown> {
  const representation = { __typename: 'ReferralCase', id, ...(pass === undefined ? {} : { pass }) };
  const { data } = await ask(stack.subgraphs.victims, PERSONS_OF, { r: [representation] }, {}, { as: officer(actor) });
  return data?._entities[0]?.victims?.nodes.map((node: { id: string }) => node.id) ?? [];
}

describe(`a pass on ${ENGINE}`, () => {
  const good = () => makeCasePass(PASS_KEY, 'b', file);
  const expired = () => makeCasePass(PASS_KEY, 'b', file, Date.now() - (PASS_LIFETIME + 1) * 1_000);

  it('opens the persons of its case to its agency', async () => {
    expect(await personsOf(B, file, good())).toEqual([person]);
  });

  it.each([
    ['PASS-01: of another agency', () => makeCasePass(PASS_KEY, 'a', file)],
    ['PASS-02: of another case', () => makeCasePass(PASS_KEY, 'b', other)],
    ['PASS-03: that has run out', expired],
    ['PASS-04: that was lengthened', () => `${(Math.floor(Date.now() / 1000) + 50).toString(36)}.${expired().split('.')[1]}`],
    ['PASS-05: of which a letter was changed', () => good().replace(/.$/, (letter) => (letter === 'A' ? 'B' : 'A'))],
    ['PASS-06: made with another key', () => makeCasePass(Buffer.alloc(32), 'b', file)],
    ['PASS-07: of a time beyond any that is given', () => makeCasePass(PASS_KEY, 'b', file, Date.now() + 3_600_000)],
    ['PASS-08: that is none', () => 'x.y'],
    ['PASS-09: that is empty', () => ''],
    ['PASS-10: that is missing', () => undefined],
  ])('%s MUST be refused', async (_, make) => {
    expect(await personsOf(B, file, make())).toEqual([]);
  });

  it('PASS-11: of its agency MUST NOT serve an agency that has got hold of it', async () => {
    expect(await personsOf(C, file, good())).toEqual([]);
    expect((await act(stack.gateway, 'victimRegister', { ...C, caseId: file, casePass: good() })).userErrors).toMatchObject([
      { code: 'WRONG_AGENCY', path: ['input', 'casePass'] },
    ]);
  });

  it('ROW-06: a reference to a person, asked of the service directly, MUST be refused to whoever may not see the person', async () => {
    const query = `query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Victim { id legalStatus events { actor } } } }`;
    const resolve = (actor: Actor) =>
      ask(stack.subgraphs.victims, query, { r: [{ __typename: 'Victim', id: person }] }, {}, { as: { ...officer(actor), purpose: 'CASE_WORK' } });
    expect((await resolve(A)).data._entities).toMatchObject([{ id: person, events: [{ actor: 'officer-1' }] }]);
    for (const stranger of [B, C]) {
      const { data, errors } = await resolve(stranger);
      expect(data._entities).toEqual([null]);
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['RECORD_NOT_FOUND']);
    }
  });
});

describe(`acts on records that are not seen, on ${ENGINE}`, () => {
  it('ROW-07: MUST be answered as if the record were not there', async () => {
    for (const [name, input] of [
      ['callClose', { ...B, id: call }],
      ['caseAdvance', { ...C, id: file, stage: 'VERIFYING' }],
      ['handoverAcknowledge', { ...C, id: handover }],
      ['victimUpdate', { ...B, id: person, sex: 'MALE' }],
      ['supportEnd', { ...B, id: support }],
    ] as const) {
      expect(await act(stack.gateway, name, input), name).toMatchObject({ record: null, userErrors: [{ code: 'NOT_FOUND', path: ['input', 'id'] }] });
    }
    expect((await act(stack.gateway, 'handoverDraft', { ...C, caseId: file, toAgencyId: 'b' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const again = await act(stack.gateway, 'caseOpen', { ...C, callId: call, callReceivedAt: '2026-11-01T08:00:00+07:00' });
    expect(again.userErrors).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
    expect(again.userErrors[0]?.message).not.toContain(file);
  });

  it('ROW-08: a caller of no agency MUST NOT act', async () => {
    const query = 'mutation($input: CaseOpenInput!) { caseOpen(input: $input) { record { id } } }';
    for (const as of [
      { ...officer(A), agency: null },
      { ...officer(A), agency: 'a\0' },
    ]) {
      const { data, errors } = await ask(stack.subgraphs.referrals, query, { input: { clientMutationId: 'k' } }, {}, { as });
      expect(data?.caseOpen ?? null).toBeNull();
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['FORBIDDEN']);
    }
  });

  it('ROW-09: support of another agency’s person needs the pass of the person’s case, and is once done done', async () => {
    const input = { ...B, clientMutationId: 'support by b', victimId: person, type: 'LEGAL_AID' };
    expect((await act(stack.gateway, 'supportStart', { ...input, clientMutationId: 'without a pass' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const run = makeCasePass(PASS_KEY, 'b', file, Date.now() - 120_000);
    expect((await act(stack.gateway, 'supportStart', { ...input, caseId: file, casePass: run })).userErrors).toMatchObject([
      { code: 'WRONG_AGENCY', path: ['input', 'casePass'] },
    ]);
    // A refused pass is not what the key is answered with: the same act is sent again with a newer one.
    const pass = await passOf(stack.gateway, file, officer(B));
    const first = await act(stack.gateway, 'supportStart', { ...input, caseId: file, casePass: pass });
    expect(first).toMatchObject({ record: { version: 1 }, userErrors: [] });
    expect(await act(stack.gateway, 'supportStart', { ...input, caseId: file, casePass: run })).toEqual(first);
    expect((await look(officer(B))).ways).toContain('supports');
  });

  it('ROW-10: a person is put to a case by who sees the case', async () => {
    expect(await act(stack.gateway, 'victimRegister', { ...B, caseId: file })).toMatchObject({ userErrors: [] });
    expect((await act(stack.gateway, 'victimRegister', { ...C, caseId: file })).userErrors).toMatchObject([{ code: 'WRONG_AGENCY' }]);
  });
});

describe(`a handover that ends, on ${ENGINE}`, () => {
  it('ROW-11: MUST show its receiver nothing more of others once it is revoked, by no answer given before either', async () => {
    const acknowledge = { ...B, clientMutationId: 'acknowledged by b', id: handover };
    await done(stack.gateway, 'handoverAcknowledge', acknowledge);
    expect((await look(officer(B))).ways).toEqual(expect.arrayContaining(RECEIVED));
    await done(stack.gateway, 'handoverRevoke', { ...A, id: handover, reason: 'a mistake' });
    const { ways, data } = await look(officer(B));
    for (const way of RECEIVED) expect(ways).not.toContain(way);
    expect(data.victims.nodes.map(({ id }: { id: string }) => id)).not.toContain(person);
    const { record } = await act(stack.gateway, 'handoverAcknowledge', acknowledge, 'state events { act } case { id pass victims { totalCount } }');
    expect(record).toMatchObject({ state: 'ACKNOWLEDGED', events: [], case: null });
  });

  it('ROW-12: likewise once it is rejected', async () => {
    handover = (await done(stack.gateway, 'handoverDraft', { ...A, caseId: file, toAgencyId: 'b', legalBasis: 'CONSENT' })).id;
    await done(stack.gateway, 'handoverSend', { ...A, id: handover });
    expect((await look(officer(B))).ways).toEqual(expect.arrayContaining(RECEIVED));
    await done(stack.gateway, 'handoverReject', { ...B, id: handover, reason: 'NO_CAPACITY' });
    const { ways } = await look(officer(B));
    for (const way of RECEIVED) expect(ways).not.toContain(way);
  });
});
