import { idFaults, iso, inFuture, type ModelAct, provinceFaults, textFaults, tooEarly, type Told, type Values, type World } from './world.ts';

/** `ReferralCase.stage`, arrow by arrow; a case without an identified victim may also close at once. */
export const STAGES: readonly (readonly [from: string, to: string])[] = [
  ['RECEIVED', 'VERIFYING'],
  ['VERIFYING', 'RESCUING'],
  ['VERIFYING', 'IDENTIFIED'],
  ['VERIFYING', 'NOT_IDENTIFIED'],
  ['RESCUING', 'IDENTIFIED'],
  ['RESCUING', 'NOT_IDENTIFIED'],
  ['IDENTIFIED', 'SUPPORTING'],
  ['NOT_IDENTIFIED', 'SUPPORTING'],
  ['NOT_IDENTIFIED', 'CLOSED'],
  ['SUPPORTING', 'CLOSED'],
];

/** The handover's arrows: state, act, state then, whose act it is, and the moment that it leaves. */
export const HANDOVER_ARROWS: readonly (readonly [from: string, act: string, to: string, whose: 'fromAgency' | 'toAgency', moment: string])[] = [
  ['DRAFT', 'handoverSend', 'SENT', 'fromAgency', 'sentAt'],
  ['SENT', 'handoverAcknowledge', 'ACKNOWLEDGED', 'toAgency', 'acknowledgedAt'],
  ['ACKNOWLEDGED', 'handoverAccept', 'ACCEPTED', 'toAgency', 'acceptedAt'],
  ['ACCEPTED', 'handoverStart', 'IN_PROGRESS', 'toAgency', 'startedAt'],
  ['IN_PROGRESS', 'handoverComplete', 'COMPLETED', 'toAgency', 'completedAt'],
  ['SENT', 'handoverReject', 'REJECTED', 'toAgency', 'rejectedAt'],
  ['ACKNOWLEDGED', 'handoverReject', 'REJECTED', 'toAgency', 'rejectedAt'],
  ['SENT', 'handoverRevoke', 'REVOKED', 'fromAgency', 'revokedAt'],
  ['ACKNOWLEDGED', 'handoverRevoke', 'REVOKED', 'fromAgency', 'revokedAt'],
  ['ACCEPTED', 'handoverRevoke', 'REVOKED', 'fromAgency', 'revokedAt'],
  ['IN_PROGRESS', 'handoverRevoke', 'REVOKED', 'fromAgency', 'revokedAt'],
];

const MOMENTS = ['createdAt', 'sentAt', 'acknowledgedAt', 'acceptedAt', 'startedAt', 'completedAt', 'rejectedAt', 'revokedAt'];

/** Whoever opened a case may act on it, and whoever took it on by a handover. */
export function mayActOnCase(world: World, referralCase: Values, agency: string): boolean {
  if (referralCase['agency'] === agency) return true;
  const tookOn = ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'];
  return world.all('handover').some((one) => one['caseId'] === referralCase['id'] && one['toAgency'] === agency && tookOn.includes(String(one['state'])));
}

/** To an NGO or the women's union, and to whom nobody knows, only with consent; to the others on any ground, but on one. */
function consentFaults(world: World, handover: Values, basis: unknown): string[] {
  if (!basis) return ['CONSENT_REQUIRED legalBasis'];
  const type = world.agencies.get(String(handover['toAgency'])) ?? null;
  if (type !== null && type !== 'NGO' && type !== 'WOMENS_UNION') return [];
  return basis === 'CONSENT' || basis === 'GUARDIAN_CONSENT' ? [] : ['CONSENT_REQUIRED legalBasis'];
}

/** When the last thing happened to a handover. */
export function lastMoment(handover: Values): Date {
  return new Date(Math.max(...MOMENTS.map((name) => handover[name]).map((moment) => (moment ? Date.parse(String(moment)) : 0))));
}

function draft(world: World, input: Values, { now, id }: Told, from: { caseId: unknown; redirectedFromId: unknown }) {
  const { toAgencyId, agencyId, legalBasis = null } = input;
  const faults = [...(world.agencies.has(String(toAgencyId)) ? [] : ['NOT_FOUND toAgencyId']), ...(toAgencyId === agencyId ? ['INVALID toAgencyId'] : [])];
  if (faults.length > 0) return faults;
  const moments = Object.fromEntries(MOMENTS.map((name) => [name, name === 'createdAt' ? iso(now) : null]));
  const record = {
    ...{ id, source: 'act', externalId: id, caseId: from.caseId, fromAgency: agencyId, toAgency: toAgencyId, state: 'DRAFT', legalBasis },
    ...{ ...moments, rejectionReason: null, redirectedFromId: from.redirectedFromId },
  };
  return { record, at: now, state: 'DRAFT' };
}

function step(
  name: string,
  more: { form?: ModelAct['form']; faults?: (world: World, handover: Values, input: Values) => string[]; set?: (input: Values) => Values },
) {
  const arrows = HANDOVER_ARROWS.filter(([, act]) => act === name);
  const [, , to = '', whose = 'toAgency', moment = ''] = arrows[0] ?? [];
  const act: ModelAct = {
    kind: 'handover',
    changes: true,
    form: (input) => [...idFaults('id', input['id'], 'handover'), ...(more.form?.(input) ?? [])],
    may: (_, handover, agency) => handover[whose] === agency,
    rest: (world, handover, input, { now }) => {
      if (handover === null) return ['NOT_FOUND id'];
      if (!arrows.some(([from]) => from === handover['state'])) return ['WRONG_STATE id'];
      const at = (input['at'] ?? now) as Date;
      const faults = [...inFuture('at', at, now), ...tooEarly('at', at, lastMoment(handover)), ...(more.faults?.(world, handover, input) ?? [])];
      if (faults.length > 0) return faults;
      const reason = name === 'handoverReject' ? input['note'] : name === 'handoverRevoke' ? input['reason'] : null;
      return { record: { ...handover, ...more.set?.(input), state: to, [moment]: iso(at) }, at, state: to, reason };
    },
  };
  return act;
}

/** The acts of the coordinating desk and of the agencies that hand cases over, as they should be. */
export const referrals: Readonly<Record<string, ModelAct>> = {
  caseOpen: {
    kind: 'case',
    changes: false,
    form: ({ callId, callReceivedAt, callerType, openedAt }) => [
      ...(callId ? idFaults('callId', callId, 'call') : []),
      ...(callId && !callReceivedAt ? ['REQUIRED callReceivedAt'] : []),
      ...(!callId && callReceivedAt ? ['INVALID callReceivedAt'] : []),
      ...(!callId && callerType ? ['INVALID callerType'] : []),
      ...tooEarly('openedAt', openedAt, callReceivedAt),
    ],
    rest: (world, _, input, { now, id }) => {
      const { callId = null, callReceivedAt, callerType = null, provinceId = null, agencyId } = input;
      const at = (input['openedAt'] ?? now) as Date;
      const faults = [
        ...inFuture('openedAt', at, now),
        ...inFuture('callReceivedAt', callReceivedAt, now),
        ...provinceFaults(world, 'provinceId', provinceId, at),
        ...(callId !== null && world.all('case').some((other) => other['callId'] === callId) ? ['ALREADY_EXISTS callId'] : []),
      ];
      if (faults.length > 0) return faults;
      const record = {
        ...{ id, source: 'act', externalId: id, callId, openedAt: iso(at), stage: 'RECEIVED', closedAt: null },
        ...{ province: provinceId, agency: agencyId, callReceivedAt: iso(callReceivedAt), callerType },
      };
      return { record, at, state: 'RECEIVED' };
    },
  },
  caseAdvance: {
    kind: 'case',
    changes: true,
    form: ({ id, note }) => [...idFaults('id', id, 'case'), ...textFaults('note', note)],
    may: mayActOnCase,
    rest: (_, referralCase, input, { now }) => {
      if (referralCase === null) return ['NOT_FOUND id'];
      const stage = String(input['stage']);
      if (!STAGES.some(([from, to]) => from === referralCase['stage'] && to === stage)) return ['WRONG_STATE stage'];
      const at = (input['at'] ?? now) as Date;
      const faults = [...inFuture('at', at, now), ...tooEarly('at', at, referralCase['openedAt'])];
      if (faults.length > 0) return faults;
      return { record: { ...referralCase, stage, closedAt: stage === 'CLOSED' ? iso(at) : null }, at, state: stage, reason: input['note'] };
    },
  },
  caseReopen: {
    kind: 'case',
    changes: true,
    form: ({ id, reason }) => [...idFaults('id', id, 'case'), ...textFaults('reason', reason, 'REASON_REQUIRED')],
    may: mayActOnCase,
    rest: (_, referralCase, { reason }, { now }) => {
      if (referralCase === null) return ['NOT_FOUND id'];
      if (referralCase['stage'] !== 'CLOSED') return ['WRONG_STATE id'];
      return { record: { ...referralCase, stage: 'VERIFYING', closedAt: null }, at: now, state: 'VERIFYING', reason };
    },
  },
  handoverDraft: {
    kind: 'handover',
    changes: false,
    form: ({ caseId }) => idFaults('caseId', caseId, 'case'),
    rest: (world, _, input, told) => {
      const referralCase = world.find('case', input['caseId']);
      if (referralCase === null) return ['NOT_FOUND caseId'];
      if (!mayActOnCase(world, referralCase, String(input['agencyId']))) return ['WRONG_AGENCY caseId'];
      if (referralCase['stage'] === 'CLOSED') return ['WRONG_STATE caseId'];
      return draft(world, input, told, { caseId: referralCase['id'], redirectedFromId: null });
    },
  },
  handoverSend: step('handoverSend', {
    faults: (world, handover, input) => {
      const referralCase = world.find('case', handover['caseId']);
      if (referralCase && !mayActOnCase(world, referralCase, String(input['agencyId']))) return ['WRONG_AGENCY id'];
      if (referralCase?.['stage'] === 'CLOSED') return ['WRONG_STATE id'];
      return consentFaults(world, handover, input['legalBasis'] ?? handover['legalBasis']);
    },
    set: ({ legalBasis }) => (legalBasis ? { legalBasis } : {}),
  }),
  handoverAcknowledge: step('handoverAcknowledge', {}),
  handoverAccept: step('handoverAccept', {}),
  handoverReject: step('handoverReject', {
    form: ({ reason, note }) => [...(reason ? [] : ['REASON_REQUIRED reason']), ...textFaults('note', note)],
    set: ({ reason }) => ({ rejectionReason: reason }),
  }),
  handoverRedirect: {
    kind: 'handover',
    changes: true,
    form: ({ id }) => idFaults('id', id, 'handover'),
    may: (_, handover, agency) => handover['fromAgency'] === agency,
    rest: (world, rejected, input, told) => {
      if (rejected === null) return ['NOT_FOUND id'];
      if (rejected['state'] !== 'REJECTED') return ['WRONG_STATE id'];
      const referralCase = world.find('case', rejected['caseId']);
      if (referralCase && !mayActOnCase(world, referralCase, String(input['agencyId']))) return ['WRONG_AGENCY id'];
      if (referralCase?.['stage'] === 'CLOSED') return ['WRONG_STATE id'];
      const over = ['REJECTED', 'REVOKED'];
      if (world.all('handover').some((one) => one['redirectedFromId'] === rejected['id'] && !over.includes(String(one['state'])))) return ['ALREADY_EXISTS id'];
      if (rejected['toAgency'] === input['toAgencyId']) return ['INVALID toAgencyId'];
      return draft(world, input, told, { caseId: rejected['caseId'], redirectedFromId: rejected['id'] });
    },
  },
  handoverStart: step('handoverStart', {}),
  handoverComplete: step('handoverComplete', {}),
  handoverRevoke: step('handoverRevoke', { form: ({ reason }) => textFaults('reason', reason, 'REASON_REQUIRED') }),
};
