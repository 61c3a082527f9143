/**
 * Steps of a sequence, legal and illegal alike, and how a step becomes an act: which record and which agency it means depends on what the
 * steps before it have made.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type CodeListName, codes } from '#schema/code-lists.ts';
import type { SubgraphName } from '../../testkit/stack.ts';
import { HANDOVER_ARROWS, lastMoment, mayActOnCase, STAGES } from './model-referrals.ts';
import type { Kind, Values, World } from './world.ts';

/** An act to be done. */
export interface Request {
  readonly act: string;
  readonly input: Values;
}

/** The acts by the subgraph that does them. */
export const ACTS: Readonly<Record<SubgraphName, readonly string[]>> = {
  calls: ['callRecord', 'callClose', 'callRecategorise'],
  referrals: ['caseOpen', 'caseAdvance', 'caseReopen', 'handoverDraft', 'handoverRedirect', ...new Set(HANDOVER_ARROWS.map(([, act]) => act))],
  victims: ['victimRegister', 'victimIdentify', 'victimUpdate', 'supportStart', 'supportEnd'],
  agencies: ['agencyUpsert', 'planUpsert'],
};

const GOOD = 'sau khi kiểm tra lại 🙂';
const TEXTS: Readonly<Record<string, string | null | undefined>> = {
  good: GOOD,
  missing: undefined,
  empty: null,
  blank: ' \n ',
  long: 'd'.repeat(1001),
  nul: 'a\u0000b',
  half: 'a\ud83d',
};

/** `common` most of the time. */
const mostly = <T>(weight: number, common: T, ...others: T[]) =>
  fc.oneof({ weight, arbitrary: fc.constant(common) }, { weight: 2, arbitrary: fc.constantFrom(...others) });
/** Codes of a list, seldom one of them twice. */
const some = (list: CodeListName, minLength = 0) =>
  fc.tuple(fc.subarray([...codes(list)], { minLength, maxLength: 3 }), fc.nat(24)).map(([own, n]) => (n === 0 && own[0] ? [...own, own[0]] : own));
const one = (list: CodeListName) => fc.constantFrom(...codes(list));
const nat = fc.nat(99);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** A name of an act, or of what comes next by the rules for whatever record there is. */
const doing = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('nextOfHandover', 'nextOfHandover', 'nextOfHandover', 'nextOfCase', 'nextOfCase') },
  { weight: 9, arbitrary: fc.constantFrom(...ACTS.referrals) },
  { weight: 7, arbitrary: fc.constantFrom(...ACTS.victims, 'victimIdentify', 'supportEnd') },
  { weight: 3, arbitrary: fc.constantFrom(...ACTS.calls) },
  { weight: 1, arbitrary: fc.constantFrom(...ACTS.agencies) },
);

/** What a step says; most of it matters to some acts only. */
export const step = fc.record({
  act: doing,
  pick: nat,
  other: nat,
  which: mostly(40, 'known', 'unknown', 'of another kind', 'garbage', 'empty'),
  who: mostly(20, 'right', 'other', 'other', 'unknown'),
  pass: mostly(16, 'good', 'none', 'expired', 'of another agency', 'of another case'),
  when: mostly(16, 'now', 'now', 'past', 'as late as possible', 'just too early', 'future', 'ahead'),
  text: mostly(24, 'good', 'missing', 'empty', 'blank', 'long', 'nul', 'half'),
  version: mostly(12, 'none', 'right', 'right', 'older', 'newer'),
  key: mostly(24, 'new', 'same again', 'same again', 'nulls', 'for another', 'empty', 'damaged'),
  province: mostly(12, undefined, 'VN34:01', 'VN63:01', 'VN99:01', 'a\u0000', null),
  minutes: fc.nat(3_000_000),
  category: one('CallCategory'),
  topics: some('CallTopic'),
  callerType: one('CallerType'),
  sex: one('Sex'),
  callerAgeBand: one('CallerAgeBand'),
  channel: one('CallChannel'),
  withCall: mostly(8, 'known', 'none', 'none', 'without its moment', 'moment without it'),
  stage: one('CaseStage'),
  legalBasis: fc.oneof(fc.constantFrom('CONSENT', 'GUARDIAN_CONSENT'), maybe(one('LegalBasis'))),
  rejection: one('RejectionReason'),
  legalStatus: fc.oneof(fc.constantFrom('VICTIM', 'IN_IDENTIFICATION'), one('LegalStatus')),
  ethnicity: one('EthnicityGroup'),
  age: mostly(1, undefined, null, 0, 10, 15, 17, 17, 18, 18, 40, 120, -1, 121),
  acts: maybe(some('Act')),
  means: maybe(some('Means')),
  purposes: maybe(some('Purpose')),
  country: mostly(16, undefined, 'CN', 'VN', null, 'vn', 'ZZZ'),
  support: one('SupportType'),
  inShelter: fc.boolean(),
  agencyType: one('AgencyType'),
  days: fc.tuple(fc.nat(6), fc.nat(6), fc.nat(8)),
  members: fc.array(fc.nat(6), { maxLength: 3 }),
});

/** One step of a sequence, as generated. */
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Steps for one sequence. */
export const sequence = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });

/** What the sequence has asked before, so that it can ask again. */
export function toRequest(step: Step, world: World, prefix: string, before: readonly Request[]): Request {
  const earlier = before[step.other % Math.max(before.length, 1)];
  if (step.key === 'same again' && earlier) return earlier;
  const { act, record } = choose(step, world);
  const input = inputOf(act, record, step, world, prefix);
  const agency = agencyOf(step, act, record, world);
  if (step.key === 'nulls' && earlier) return withNulls(earlier);
  const common = { clientMutationId: keyOf(step), agencyId: agency, actor: `officer-${step.pick}`, ...input };
  if (step.key === 'for another' && earlier) {
    return { act, input: { ...common, clientMutationId: earlier.input['clientMutationId'], agencyId: earlier.input['agencyId'] } };
  }
  return { act, input: common };
}

/** The same request with null for what it does not say: mostly the same words, but not where null takes something away. */
function withNulls({ act, input }: Request): Request {
  return { act, input: Object.fromEntries(Object.entries(input).map(([name, value]) => [name, value === undefined ? null : value])) };
}

const ABOUT: Readonly<Record<string, Kind>> = {
  ...{ callClose: 'call', callRecategorise: 'call', caseAdvance: 'case', caseReopen: 'case', handoverDraft: 'case', handoverRedirect: 'handover' },
  ...{ victimIdentify: 'victim', victimUpdate: 'victim', supportStart: 'victim', supportEnd: 'support' },
  ...Object.fromEntries(HANDOVER_ARROWS.map(([, act]) => [act, 'handover'])),
};
const MAKERS: Partial<Record<Kind, string>> = {
  call: 'callRecord',
  case: 'caseOpen',
  handover: 'handoverDraft',
  victim: 'victimRegister',
  support: 'supportStart',
};

/** The act, and the record that it is about; what there is none of is made first. */
function choose({ act, pick, other }: Step, world: World): { act: string; record: Values | null } {
  const next = act === 'nextOfHandover' ? world.all('handover') : act === 'nextOfCase' ? world.all('case') : null;
  if (next === null) {
    const kind = ABOUT[act];
    if (kind === undefined) return { act, record: null };
    const record = world.all(kind).at(pick % Math.max(world.all(kind).length, 1)) ?? null;
    const maker = MAKERS[kind];
    return record === null && maker !== undefined && other % 4 > 0 ? choose({ act: maker, pick, other } as Step, world) : { act, record };
  }
  const record = next.at(-1 - (pick % Math.min(Math.max(next.length, 1), 2))) ?? null;
  if (record === null) return choose({ act: act === 'nextOfHandover' ? 'handoverDraft' : 'caseOpen', pick, other: 1 } as Step, world);
  if (act === 'nextOfCase') return { act: record['stage'] === 'CLOSED' ? 'caseReopen' : 'caseAdvance', record };
  if (record['state'] === 'REJECTED') return { act: 'handoverRedirect', record };
  const arrows = HANDOVER_ARROWS.filter(([from]) => from === record['state']);
  // The way to the end is the first arrow: a revocation is the end of it.
  const arrow = other % 3 > 0 ? arrows[0] : arrows.at(other % Math.max(arrows.length, 1));
  return arrow === undefined ? { act: 'handoverDraft', record: world.find('case', record['caseId']) } : { act: arrow[1], record };
}

function agencyOf({ who, pick }: Step, act: string, record: Values | null, world: World): string {
  const known = [...world.agencies.keys()].filter((id) => !id.includes('-x'));
  const any = known[pick % known.length] ?? '';
  if (who === 'unknown') return 'nobody';
  if (who === 'other' || record === null) return any;
  const whose = HANDOVER_ARROWS.find(([, name]) => name === act)?.[3] ?? (act === 'handoverRedirect' ? 'fromAgency' : undefined);
  if (whose) return String(record[whose]);
  const mayToo = known.filter((id) => ABOUT[act] === 'case' && mayActOnCase(world, record, id));
  return act === 'supportStart' ? any : (mayToo[pick % Math.max(mayToo.length, 1)] ?? String(record['agency']));
}

function keyOf({ key, pick }: Step): string {
  if (key === 'empty') return '';
  return key === 'damaged' ? (['k\n', 'k'.repeat(201)][pick % 2] ?? '') : randomUUID();
}

/** The id that the step names. */
function idOf({ which, other }: Step, record: Values | null, kind: Kind, world: World): string {
  const strangers = [...world.records.values()].filter((one) => one.kind !== kind && !['agency', 'plan'].includes(one.kind));
  if (which === 'of another kind' && strangers.length > 0) return String(strangers[other % strangers.length]?.values['id']);
  if (which === 'garbage') return ['1', '00000000-0000-4000-8000-000000000000', 'a\u0000', '\ud800'][other % 4] ?? '';
  if (which === 'empty' && record !== null) return '';
  const digit = { call: '1', case: '2', handover: '3', victim: '4', support: '5' }[kind as string] ?? '0';
  return which === 'unknown' || record === null ? randomUUID().replace(/^(.{14})..(..)/, `$18${digit}$2`) : String(record['id']);
}

/** A moment, as late as `last` or later when all is well; undefined: now. */
function momentOf({ when, minutes }: Step, last: unknown): Date | undefined {
  const lastTime = last ? new Date(last as string).getTime() : undefined;
  const now = Date.now();
  if (when === 'future') return new Date(now + 3_600_000 + minutes * 60_000);
  if (when === 'ahead') return new Date(now + 30_000);
  if (when === 'just too early') return new Date((lastTime ?? now) - 1);
  if (when === 'as late as possible') return new Date(lastTime ?? now);
  if (when === 'now') return undefined;
  const past = now - minutes * 60_000;
  return new Date(lastTime === undefined ? past : Math.max(lastTime, past));
}

function inputOf(act: string, record: Values | null, step: Step, world: World, prefix: string): Values {
  const kind = ABOUT[act];
  const id = kind === undefined ? undefined : idOf(step, record, kind, world);
  const ifVersion = { none: undefined, right: record?.['version'], older: Number(record?.['version'] ?? 1) - 1, newer: Number(record?.['version'] ?? 1) + 1 }[
    step.version
  ];
  const text = TEXTS[step.text];
  const changing = { id, ifVersion };
  switch (act) {
    case 'callRecord':
      return callOf(step);
    case 'callClose':
      return { ...changing, endedAt: momentOf(step, record?.['receivedAt']) };
    case 'callRecategorise':
      return { ...changing, category: step.category, topics: step.pick % 2 ? step.topics : undefined, reason: text };
    case 'caseOpen':
      return caseOf(step, world);
    case 'caseAdvance': {
      const next = STAGES.filter(([from]) => from === record?.['stage']).map(([, to]) => to);
      const stage = step.act === 'nextOfCase' ? (next[step.other % Math.max(next.length, 1)] ?? step.stage) : step.stage;
      return { ...changing, stage, at: momentOf(step, record?.['openedAt']), note: text };
    }
    case 'caseReopen':
      return { ...changing, reason: text };
    case 'handoverDraft':
      return { caseId: id, ...receiverOf(step, world), legalBasis: step.legalBasis };
    case 'handoverRedirect':
      return { ...changing, ...receiverOf(step, world), legalBasis: step.legalBasis };
    case 'handoverReject':
      return { ...changing, at: momentOf(step, record && lastMoment(record)), reason: step.text === 'missing' ? undefined : step.rejection, note: text };
    case 'handoverSend':
      return { ...changing, at: momentOf(step, record && lastMoment(record)), legalBasis: step.legalBasis };
    case 'handoverRevoke':
      return { ...changing, at: momentOf(step, record && lastMoment(record)), reason: text };
    case 'victimRegister':
      return { ...personOf(step, world), registeredAt: momentOf(step, undefined), legalStatus: step.legalStatus };
    case 'victimIdentify': {
      const { acts, means, purposes, age } = step;
      return {
        ...changing,
        acts,
        means,
        purposes,
        ageAtTrafficking: age,
        legalStatus: step.legalStatus,
        reason: text,
        at: momentOf(step, record?.['registeredAt']),
      };
    }
    case 'victimUpdate':
      return { ...changing, ...personOf(step, world), reason: text };
    case 'supportStart':
      return { victimId: id, type: step.support, startedAt: momentOf(step, undefined), inShelter: step.inShelter };
    case 'supportEnd':
      return { ...changing, endedAt: momentOf(step, record?.['startedAt']) };
    case 'agencyUpsert':
    case 'planUpsert':
      return secretariatOf(act, step, world, prefix);
    default:
      return { ...changing, at: momentOf(step, record && lastMoment(record)) };
  }
}

function callOf(step: Step): Values {
  const receivedAt = momentOf(step, undefined) ?? new Date(Date.now() - step.minutes * 60_000);
  const after = [60_000, 0, 60_000, 0, -1][step.pick % 5] ?? 0;
  const endedAt = step.other % 2 ? new Date(receivedAt.getTime() + after) : undefined;
  const { category, topics, callerType, callerAgeBand, channel } = step;
  return { receivedAt, endedAt, category, topics, callerType, callerSex: step.sex, callerAgeBand, channel, provinceId: step.province };
}

function caseOf(step: Step, world: World): Values {
  const call = world.all('call').at(step.pick % Math.max(world.all('call').length, 1)) ?? null;
  const callId = step.withCall === 'none' || step.withCall === 'moment without it' || call === null ? undefined : idOf(step, call, 'call', world) || undefined;
  const received = new Date(String(call?.['receivedAt'] ?? '2021-05-01T00:00:00Z'));
  const given = step.withCall === 'moment without it' || (callId !== undefined && step.withCall !== 'without its moment');
  const fromCall = given ? { callReceivedAt: received, callerType: step.other % 2 ? (call?.['callerType'] ?? 'PUBLIC') : undefined } : {};
  return { callId, ...fromCall, openedAt: momentOf(step, call?.['receivedAt']), provinceId: step.province };
}

function receiverOf({ other, who }: Step, world: World): Values {
  const known = [...world.agencies.keys()].filter((id) => !id.includes('-x'));
  return { toAgencyId: who === 'other' && other % 5 === 0 ? ['nobody', 'a\u0000', '\ud800'][other % 3] : known[other % known.length] };
}

function personOf(step: Step, world: World): Values {
  const cases = world.all('case');
  const record = cases[step.other % Math.max(cases.length, 1)] ?? null;
  const caseId = step.pick % 3 === 0 ? idOf(step, record, 'case', world) || null : undefined;
  const { sex, ethnicity, age: ageAtTrafficking, acts, means, purposes, province: originProvinceId, country: destinationCountry } = step;
  const casePass = caseId && step.pass !== 'none' ? step.pass : undefined;
  const all = { caseId, casePass, sex, ethnicity, ageAtTrafficking, acts, means, purposes, originProvinceId, destinationCountry };
  // Some are corrected in one thing only.
  return step.pick % 5 === 0 ? { ageAtTrafficking, means } : all;
}

function secretariatOf(act: string, step: Step, world: World, prefix: string): Values {
  const id = step.which === 'garbage' ? 'no name\u0000' : `${prefix}-x${act === 'planUpsert' ? 'plan' : ''}${step.pick % 2}`;
  const record = world.find(act === 'planUpsert' ? 'plan' : 'agency', id);
  const ifVersion = { none: undefined, right: record?.['version'], older: 0, newer: 99 }[step.version];
  const [first, length, open] = step.days;
  const day = (n: number) => `202${n}-0${(n % 9) + 1}-1${n % 9}`;
  const names = { nameVi: step.text === 'good' ? 'Tên' : (TEXTS[step.text] ?? ''), nameEn: step.other % 2 ? 'Name' : 'Other name' };
  const validTo = open < 2 ? null : day(first + length - 1 < 0 ? 0 : Math.min(first + length - 1, 9));
  if (act === 'agencyUpsert') return { id, ifVersion, validFrom: open === 7 ? null : day(first), validTo, type: step.agencyType, ...names, parentVi: null };
  const known = [...world.agencies.keys(), 'a\u0000'];
  return { id, ifVersion, ...names, validFrom: day(first), validTo: validTo ?? day(9), memberIds: step.members.map((n) => known[n % known.length]) };
}
