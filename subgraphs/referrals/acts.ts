import { type Act, type ActInput, type Acting, inserting, lockRecord, type Records, updating, type UserError, userError } from '#shared/acts/act.ts';
import { checkId, checkNotBefore, checkPast, checkText } from '#shared/acts/checks.ts';
import { checkAgency, checkProvince } from '#shared/acts/dimensions.ts';
import { notThere, wrongState } from '#shared/acts/refusals.ts';
import type { Sql } from '#shared/database.ts';
import { foreign } from '#shared/foreign-ids/foreign-ids.ts';
import type { Row } from '#shared/records.ts';
import { CASE_LIST, HANDOVER_LIST } from './loaders.ts';
import { agencyFor, HANDOVER_STEPS, type HandoverStep, isBasisAllowed, mayActOnCase, REOPENED_STAGE, STAGES_AFTER } from './rules.ts';

const CASES: Records = { ...CASE_LIST, kind: 'case' };
const HANDOVERS: Records = { ...HANDOVER_LIST, kind: 'handover' };

interface CaseOpenInput extends ActInput {
  readonly callId?: string | null;
  readonly callReceivedAt?: Date | null;
  readonly callerType?: string | null;
  readonly openedAt?: Date | null;
  readonly provinceId?: string | null;
}

const caseOpen: Act<CaseOpenInput> = {
  on: CASES,
  check: ({ callId, callReceivedAt, callerType, openedAt }) => [
    ...checkId('callId', callId, 'call', { required: false }),
    ...(callId
      ? checkGiven('callReceivedAt', callReceivedAt)
      : [...checkNotGiven('callReceivedAt', callReceivedAt), ...checkNotGiven('callerType', callerType)]),
    ...checkNotBefore('openedAt', openedAt, callReceivedAt, 'callReceivedAt'),
  ],
  decide: async (_, { callId = null, callReceivedAt = null, callerType = null, openedAt, provinceId = null }, acting) => {
    const { sql, now, agency, newId } = acting;
    const at = openedAt ?? now;
    const faults = [
      ...checkPast('openedAt', at, now),
      ...checkPast('callReceivedAt', callReceivedAt, now),
      ...(await checkProvince(sql, 'provinceId', provinceId, at)),
      ...(callId === null ? [] : await checkFirstOfCall(callId, acting)),
    ];
    if (faults.length > 0) return faults;
    const id = newId('case');
    const values = { callId, openedAt: at, stage: 'RECEIVED', closedAt: null, province: provinceId, agency, callReceivedAt, callerType };
    return { write: inserting(CASES, { id, source: 'act', externalId: id, ...values }), at, state: 'RECEIVED' };
  },
};

interface CaseAdvanceInput extends ActInput {
  readonly id: string;
  readonly stage: string;
  readonly at?: Date | null;
  readonly note?: string | null;
}

const caseAdvance: Act<CaseAdvanceInput> = {
  on: CASES,
  check: ({ id, note }) => [...checkId('id', id, 'case'), ...checkText('note', note)],
  id: ({ id }) => id,
  permit: (referralCase, _, acting) => checkMayAct('id', referralCase, acting),
  decide: (referralCase, { stage, at: given, note }, { now }) => {
    if (referralCase === null) return [notThere('id', 'case')];
    const next = STAGES_AFTER[String(referralCase['stage'])] ?? [];
    if (!next.includes(stage)) return [wrongState('stage', `the stage ${referralCase['stage']}, after which ${next.join(', ') || 'none'} may follow`, stage)];
    const at = given ?? now;
    const faults = [...checkPast('at', at, now), ...checkNotBefore('at', at, referralCase['openedAt'] as Date, 'openedAt')];
    if (faults.length > 0) return faults;
    return { write: updating(CASES, referralCase['id'], { stage, closedAt: stage === 'CLOSED' ? at : null }), at, state: stage, reason: note };
  },
};

interface CaseReopenInput extends ActInput {
  readonly id: string;
  readonly reason?: string | null;
}

const caseReopen: Act<CaseReopenInput> = {
  on: CASES,
  check: ({ id, reason }) => [...checkId('id', id, 'case'), ...checkText('reason', reason, { required: 'REASON_REQUIRED' })],
  id: ({ id }) => id,
  permit: (referralCase, _, acting) => checkMayAct('id', referralCase, acting),
  decide: (referralCase, { reason }, { now }) => {
    if (referralCase === null) return [notThere('id', 'case')];
    if (referralCase['stage'] !== 'CLOSED') return [wrongState('id', 'a case that is CLOSED', String(referralCase['stage']))];
    return { write: updating(CASES, referralCase['id'], { stage: REOPENED_STAGE, closedAt: null }), at: now, state: REOPENED_STAGE, reason };
  },
};

interface HandoverDraftInput extends ActInput {
  readonly caseId: string;
  readonly toAgencyId: string;
  readonly legalBasis?: string | null;
}

const handoverDraft: Act<HandoverDraftInput> = {
  on: HANDOVERS,
  check: ({ caseId }) => checkId('caseId', caseId, 'case'),
  decide: async (_, { caseId, toAgencyId, legalBasis = null }, acting) => {
    const faults = await checkCase('caseId', caseId, acting);
    if (faults.length > 0) return faults;
    return draft({ caseId, toAgency: toAgencyId, legalBasis, redirectedFromId: null }, acting);
  },
};

interface HandoverRedirectInput extends ActInput {
  readonly id: string;
  readonly toAgencyId: string;
  readonly legalBasis?: string | null;
}

const handoverRedirect: Act<HandoverRedirectInput> = {
  on: HANDOVERS,
  check: ({ id }) => checkId('id', id, 'handover'),
  id: ({ id }) => id,
  lockFirst: lockCaseOf,
  permit: (handover, _, { agency }) => permitParty('sender', handover, agency),
  decide: async (rejected, { toAgencyId, legalBasis = null }, acting) => {
    if (rejected === null) return [notThere('id', 'handover')];
    if (rejected['state'] !== 'REJECTED') return [wrongState('id', 'a handover that is REJECTED', String(rejected['state']))];
    const faults = [...(await checkCase('id', rejected['caseId'], acting)), ...(await checkNotReplaced(rejected, acting))];
    if (faults.length > 0) return faults.slice(0, 1);
    if (rejected['toAgency'] === toAgencyId) {
      return [userError('INVALID', 'toAgencyId', 'Cơ quan này đã từ chối.', 'Expected another agency than the one that rejected it.')];
    }
    return draft({ caseId: rejected['caseId'], toAgency: toAgencyId, legalBasis, redirectedFromId: rejected['id'] }, acting);
  },
};

interface HandoverStepInput extends ActInput {
  readonly id: string;
  readonly at?: Date | null;
  readonly legalBasis?: string | null;
  readonly reason?: string | null;
  readonly note?: string | null;
}

/** What is said besides by some of the steps: further checks, and what else is recorded. */
interface StepDetails {
  readonly check?: (input: HandoverStepInput) => readonly UserError[];
  readonly decide?: (handover: Row, input: HandoverStepInput, acting: Acting) => Promise<readonly UserError[]>;
  readonly changes?: (handover: Row, input: HandoverStepInput) => Row;
}

/** The act of a step of the handover's state machine. */
function stepOf({ from, to, by, moment }: HandoverStep, { check, decide, changes }: StepDetails = {}): Act<HandoverStepInput> {
  return {
    on: HANDOVERS,
    check: (input) => [...checkId('id', input.id, 'handover'), ...(check?.(input) ?? [])],
    id: ({ id }) => id,
    lockFirst: lockCaseOf,
    permit: (handover, _, { agency }) => permitParty(by, handover, agency),
    decide: async (handover, input, acting) => {
      if (handover === null) return [notThere('id', 'handover')];
      if (!from.includes(String(handover['state']))) return [wrongState('id', `a handover that is ${from.join(' or ')}`, String(handover['state']))];
      const at = input.at ?? acting.now;
      const faults = [...checkPast('at', at, acting.now), ...checkAfterTheOthers(handover, at), ...((await decide?.(handover, input, acting)) ?? [])];
      if (faults.length > 0) return faults;
      const write = updating(HANDOVERS, handover['id'], { state: to, [moment]: at, ...changes?.(handover, input) });
      return { write, at, state: to, reason: input.note ?? (to === 'REVOKED' ? input.reason : null) };
    },
  };
}

const handoverSend = stepOf(HANDOVER_STEPS.handoverSend, {
  decide: async (handover, { legalBasis }, acting) => {
    const faults = await checkCase('id', handover['caseId'], acting);
    return faults.length > 0 ? faults : checkConsent(acting.sql, String(handover['toAgency']), legalBasis ?? (handover['legalBasis'] as string | null));
  },
  changes: (handover, { legalBasis }) => ({ legalBasis: legalBasis ?? handover['legalBasis'] }),
});

const handoverReject = stepOf(HANDOVER_STEPS.handoverReject, {
  check: ({ reason, note }) => [...(reason ? [] : [reasonRequired()]), ...checkText('note', note)],
  changes: (_, { reason }) => ({ rejectionReason: reason }),
});

const handoverRevoke = stepOf(HANDOVER_STEPS.handoverRevoke, { check: ({ reason }) => checkText('reason', reason, { required: 'REASON_REQUIRED' }) });

/** The acts of the coordinating desk and of the agencies that hand cases over. */
export const acts: Readonly<Record<string, Act>> = {
  caseOpen,
  caseAdvance,
  caseReopen,
  handoverDraft,
  handoverSend,
  handoverAcknowledge: stepOf(HANDOVER_STEPS.handoverAcknowledge),
  handoverAccept: stepOf(HANDOVER_STEPS.handoverAccept),
  handoverReject,
  handoverRedirect,
  handoverStart: stepOf(HANDOVER_STEPS.handoverStart),
  handoverComplete: stepOf(HANDOVER_STEPS.handoverComplete),
  handoverRevoke,
};

/** A new handover in the state DRAFT, from the agency that acts. */
async function draft(values: { caseId: unknown; toAgency: string; legalBasis: string | null; redirectedFromId: unknown }, { sql, now, agency, newId }: Acting) {
  const faults = await checkAgency(sql, 'toAgencyId', values.toAgency);
  if (values.toAgency === agency) {
    faults.push(userError('INVALID', 'toAgencyId', 'Không chuyển cho chính mình.', 'Expected another agency than the one that hands over.'));
  }
  if (faults.length > 0) return faults;
  const id = newId('handover');
  const write = inserting(HANDOVERS, { id, source: 'act', externalId: id, ...values, fromAgency: agency, state: 'DRAFT', createdAt: now });
  return { write, at: now, state: 'DRAFT' };
}

/** Acts on a handover and acts on its case both write into both: whoever has the case first goes first. */
function lockCaseOf(sql: Sql, handover: string) {
  return sql.query('SELECT FROM referral_case WHERE id = (SELECT case_id FROM handover WHERE id = $1) FOR NO KEY UPDATE', [handover]);
}

/** Whether the agency that acts may act on the case. */
async function checkMayAct(path: string, referralCase: Row, { sql, agency }: Acting): Promise<UserError[]> {
  const handovers = await sql.query<{ toAgency: string; state: string }>('SELECT to_agency AS "toAgency", state FROM handover WHERE case_id = $1', [
    referralCase['id'],
  ]);
  if (mayActOnCase(referralCase['agency'] as string | null, handovers, agency)) return [];
  const vi = 'Chỉ cơ quan mở hồ sơ, hoặc đã tiếp nhận chuyển giao, được thực hiện.';
  return [userError('WRONG_AGENCY', path, vi, 'Only the agency that opened the case, or that accepted a handover of it, may do this.')];
}

function permitParty(by: HandoverStep['by'], handover: Row, agency: string): UserError[] {
  if (agencyFor(by, handover as { fromAgency: unknown; toAgency: unknown }) === agency) return [];
  const vi = `Chỉ cơ quan ${by === 'sender' ? 'chuyển' : 'nhận'} được thực hiện.`;
  return [userError('WRONG_AGENCY', 'id', vi, `Only the agency that ${by === 'sender' ? 'hands over' : 'receives'} may do this.`)];
}

async function checkConsent(sql: Sql, toAgency: string, basis: string | null): Promise<UserError[]> {
  const [agency] = await sql.query<{ type: string | null }>(`SELECT type FROM reference WHERE kind = 'agency' AND id = $1`, [toAgency]);
  const type = agency?.type ?? null;
  const rule = await sql.query<{ agencyType: string; legalBasis: string }>('SELECT agency_type AS "agencyType", legal_basis AS "legalBasis" FROM consent_rule');
  if (isBasisAllowed(rule, type, basis)) return [];
  const allowed = rule.filter(({ agencyType }) => agencyType === type).map(({ legalBasis }) => legalBasis);
  const expected = (allowed.length > 0 ? allowed : ['CONSENT', 'GUARDIAN_CONSENT']).sort().join(', ');
  const vi = `Chuyển cho loại cơ quan này (${type ?? 'không rõ'}) cần căn cứ: ${expected}.`;
  return [
    userError('CONSENT_REQUIRED', 'legalBasis', vi, `Towards an agency of this type (${type ?? 'not known'}) expected ${expected}, got ${basis ?? 'none'}.`),
  ];
}

/** The case handed over must be one that the agency may act on (its own handover may have been revoked meanwhile), and not be closed. */
async function checkCase(path: string, id: unknown, acting: Acting): Promise<readonly UserError[]> {
  const referralCase = await lockRecord(CASES, id, acting, 'NO KEY UPDATE');
  if (referralCase === null) return [notThere(path, 'case')];
  const forbidden = await checkMayAct(path, referralCase, acting);
  if (forbidden.length > 0) return forbidden;
  return referralCase['stage'] === 'CLOSED' ? [wrongState(path, 'a case that is not CLOSED', 'CLOSED')] : [];
}

async function checkNotReplaced({ id }: Row, { sql }: Acting): Promise<UserError[]> {
  const statement = "SELECT FROM handover WHERE redirected_from_id = $1 AND state NOT IN ('REJECTED', 'REVOKED') LIMIT 1";
  const [replacement] = await sql.query(statement, [id]);
  if (replacement === undefined) return [];
  return [userError('ALREADY_EXISTS', 'id', 'Đã có lượt chuyển thay thế.', 'Expected a rejected handover in whose place no other stands; there is one.')];
}

/** One case for a call: whoever opens another must be told of the first, also when both do so at once. */
async function checkFirstOfCall(callId: string, acting: Acting): Promise<UserError[]> {
  const { sql } = acting;
  await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [foreign(callId)]);
  // Whoever opened the first, also an agency whose cases are not seen; which one it is, is for those to know who may see it.
  const [first] = await sql.query<{ taken: boolean }>('SELECT has_case($1) AS taken', [foreign(callId)]);
  if (!first?.taken) return [];
  const [existing] = await sql.query<{ id: string }>('SELECT id FROM referral_case WHERE call_id = $1 LIMIT 1', [foreign(callId)]);
  const seen = existing === undefined ? null : await lockRecord(CASES, existing.id, acting, 'NO KEY UPDATE');
  const which = seen === null ? 'one' : `the case ${seen['id']}`;
  return [userError('ALREADY_EXISTS', 'callId', 'Cuộc gọi này đã có hồ sơ.', `Expected a call without a case; it has ${which}.`)];
}

/** A step comes after all that the handover has been through. */
function checkAfterTheOthers(handover: Row, at: Date): UserError[] {
  const moments = ['createdAt', ...Object.values(HANDOVER_STEPS).map(({ moment }) => moment)].filter((name) => handover[name] !== null);
  const [last] = moments.sort((a, b) => Number(handover[b]) - Number(handover[a]));
  return last === undefined ? [] : checkNotBefore('at', at, handover[last] as Date, last);
}

function checkGiven(path: string, value: unknown): UserError[] {
  return value ? [] : [userError('REQUIRED', path, 'Cần ghi khi có callId.', 'Expected with callId: it is recorded with the case.')];
}

function checkNotGiven(path: string, value: unknown): UserError[] {
  return value ? [userError('INVALID', path, 'Chỉ ghi khi có callId.', 'Expected only with callId.')] : [];
}

function reasonRequired(): UserError {
  return userError('REASON_REQUIRED', 'reason', 'Cần lý do từ chối.', 'Expected a reason for the rejection.');
}
