import { codes } from '#schema/code-lists.ts';
import { fieldOf } from '#shared/records.ts';

/** A handover's moments in the order in which they may come; of the last three a handover has one at most. */
const ORDER = ['created_at', 'sent_at', 'acknowledged_at', 'accepted_at', 'started_at', 'completed_at', 'rejected_at', 'revoked_at'] as const;

/**
 * Which moments a handover in a state must have, and which it may have had besides, since older records do not tell of every step. All
 * have `created_at`; those of a state that is not reached, or not from there, it cannot have.
 */
const MOMENTS: Readonly<Record<string, { readonly required: readonly string[]; readonly possible: readonly string[] }>> = {
  DRAFT: { required: [], possible: [] },
  SENT: { required: ['sent_at'], possible: [] },
  ACKNOWLEDGED: { required: ['sent_at', 'acknowledged_at'], possible: [] },
  ACCEPTED: { required: ['sent_at', 'accepted_at'], possible: ['acknowledged_at'] },
  IN_PROGRESS: { required: ['sent_at', 'accepted_at', 'started_at'], possible: ['acknowledged_at'] },
  COMPLETED: { required: ['sent_at', 'accepted_at', 'completed_at'], possible: ['acknowledged_at', 'started_at'] },
  REJECTED: { required: ['sent_at', 'rejected_at'], possible: ['acknowledged_at'] },
  REVOKED: { required: ['sent_at', 'revoked_at'], possible: ['acknowledged_at', 'accepted_at', 'started_at'] },
};

type Values = Readonly<Record<string, string | null>>;

/** A case cannot be closed before it was opened. @returns what was expected, or `undefined` when all is well. */
export function closesAfterItOpened(row: Values): string | undefined {
  const { opened_at: opened, closed_at: closed } = row;
  return !opened || !closed || Date.parse(closed) >= Date.parse(opened) ? undefined : 'a moment not before openedAt';
}

/** Only a case that is closed was closed at a moment; older records may lack it. @returns what was expected, or `undefined` when all is well. */
export function closedOnlyAtStageClosed({ stage, closed_at: closed }: Values): string | undefined {
  return !closed || stage === 'CLOSED' ? undefined : `none, since the case's stage is ${stage} and not CLOSED`;
}

/** Each moment of a handover comes after those before it. @returns what was expected, or `undefined` when all is well. */
export function momentsInOrder(row: Values): { column: string; expected: string } | undefined {
  let last: { name: string; time: number } | undefined;
  for (const name of ORDER) {
    const value = row[name];
    if (!value) continue;
    const time = Date.parse(value);
    if (last !== undefined && time < last.time) return { column: fieldOf(name), expected: `a moment not before ${fieldOf(last.name)}` };
    last = { name, time };
  }
  return undefined;
}

/** A handover has the moments that its state says it has had. @returns what was expected, or `undefined` when all is well. */
export function hasMomentsOfState(row: Values): string | undefined {
  const missing = (MOMENTS[row['state'] ?? '']?.required ?? []).filter((name) => !row[name]);
  return missing.length === 0 ? undefined : `${missing.map(fieldOf).join(' and ')} to be given for state ${row['state']}`;
}

/** A handover has no moments of states that it cannot have been in. @returns what was expected, or `undefined` when all is well. */
export function hasNoMomentsOfOtherStates(row: Values): string | undefined {
  const moments = MOMENTS[row['state'] ?? ''];
  if (moments === undefined) return undefined;
  const surplus = ORDER.filter((name) => row[name] && name !== 'created_at' && !moments.required.includes(name) && !moments.possible.includes(name));
  return surplus.length === 0 ? undefined : `${surplus.map(fieldOf).join(' and ')} to be empty for state ${row['state']}`;
}

/** A rejection has a reason, and only a rejection. @returns what was expected, or `undefined` when all is well. */
export function rejectedForAReason(row: Values): string | undefined {
  const rejected = row['state'] === 'REJECTED';
  if (rejected && !row['rejection_reason']) return 'a reason, since the handover is REJECTED';
  return !rejected && row['rejection_reason'] ? 'no reason, since the handover is not REJECTED' : undefined;
}

/** An act that takes a handover from one state to another. */
export interface HandoverStep {
  readonly from: readonly string[];
  readonly to: string;
  /** Who may: the agency that hands over, or the one that receives. */
  readonly by: 'sender' | 'receiver';
  /** The field that keeps when it happened. */
  readonly moment: string;
}

/** The handover's state machine (domain.md, "States"), by act. Redirecting makes a new handover and leaves the rejected one as it is. */
export const HANDOVER_STEPS = {
  handoverSend: { from: ['DRAFT'], to: 'SENT', by: 'sender', moment: 'sentAt' },
  handoverAcknowledge: { from: ['SENT'], to: 'ACKNOWLEDGED', by: 'receiver', moment: 'acknowledgedAt' },
  handoverAccept: { from: ['ACKNOWLEDGED'], to: 'ACCEPTED', by: 'receiver', moment: 'acceptedAt' },
  handoverReject: { from: ['SENT', 'ACKNOWLEDGED'], to: 'REJECTED', by: 'receiver', moment: 'rejectedAt' },
  handoverStart: { from: ['ACCEPTED'], to: 'IN_PROGRESS', by: 'receiver', moment: 'startedAt' },
  handoverComplete: { from: ['IN_PROGRESS'], to: 'COMPLETED', by: 'receiver', moment: 'completedAt' },
  handoverRevoke: { from: ['SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS'], to: 'REVOKED', by: 'sender', moment: 'revokedAt' },
} as const satisfies Record<string, HandoverStep>;

/** Which stages may follow a case's stage (domain.md, "States"). A case in which nobody was identified may also be closed without support. */
export const STAGES_AFTER: Readonly<Record<string, readonly string[]>> = {
  RECEIVED: ['VERIFYING'],
  VERIFYING: ['RESCUING', 'IDENTIFIED', 'NOT_IDENTIFIED'],
  RESCUING: ['IDENTIFIED', 'NOT_IDENTIFIED'],
  IDENTIFIED: ['SUPPORTING'],
  NOT_IDENTIFIED: ['SUPPORTING', 'CLOSED'],
  SUPPORTING: ['CLOSED'],
  CLOSED: [],
};

/** The stage that a closed case is opened again at. */
export const REOPENED_STAGE = 'VERIFYING';

/** The states of a handover in which its receiver works on the case. */
const HOLDING = ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'];

/** The states of a handover in which its receiver sees the case: once it is sent, until it is rejected or revoked. */
export const SEEN_BY_RECEIVER = ['SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED'] as const;

/** Whether `agency` may act on a case: it opened it (or nobody is recorded to have), or has taken it on by a handover. */
export function mayActOnCase(openedBy: string | null, handovers: readonly { toAgency: string; state: string }[], agency: string): boolean {
  return openedBy === null || openedBy === agency || handovers.some(({ toAgency, state }) => toAgency === agency && HOLDING.includes(state));
}

/** The agency that may take a step of a handover. */
export function agencyFor(by: HandoverStep['by'], handover: { readonly fromAgency: unknown; readonly toAgency: unknown }): string {
  return String(by === 'sender' ? handover.fromAgency : handover.toAgency);
}

/** Legal bases that are consent: the only ones towards an agency whose type is not known. */
const CONSENT = ['CONSENT', 'GUARDIAN_CONSENT'];

/**
 * Whether a case may be handed over to an agency of this type on this legal basis. `rule` is the combinations that are allowed (table
 * consent_rule): data, since nobody could verify them.
 */
export function isBasisAllowed(rule: readonly { agencyType: string; legalBasis: string }[], agencyType: string | null, basis: string | null): boolean {
  if (basis === null) return false;
  if (agencyType === null) return CONSENT.includes(basis);
  return rule.some((allowed) => allowed.agencyType === agencyType && allowed.legalBasis === basis);
}

/**
 * The value that the fraction `p` of the observations does not exceed, interpolated linearly between neighbours as SQL's percentile_cont
 * does. @returns `null` without observations.
 */
export function quantile(histogram: ReadonlyMap<number, number>, p: number): number | null {
  const entries = [...histogram].sort(([a], [b]) => a - b);
  const count = entries.reduce((total, [, n]) => total + n, 0);
  if (count === 0) return null;
  const position = p * (count - 1);
  const lower = valueAt(entries, Math.floor(position));
  const upper = valueAt(entries, Math.ceil(position));
  return lower + (upper - lower) * (position - Math.floor(position));
}

function valueAt(entries: readonly (readonly [number, number])[], index: number): number {
  let before = 0;
  for (const [value, n] of entries) {
    before += n;
    if (index < before) return value;
  }
  throw new RangeError(`no observation ${index} of ${before}`);
}

/**
 * How many handovers need consent, and how many of them lack it. Consent is needed where the rule knows the agency and does not allow it every
 * legal basis; it is missing where the basis is none of those allowed, or not recorded.
 * @param counts handovers by `<agency>|<legal basis>`
 * @param rule the bases allowed, by agency
 */
export function consentOf(counts: ReadonlyMap<string, number>, rule: ReadonlyMap<string, ReadonlySet<string>>): { needed: number; missing: number } {
  const found = { needed: 0, missing: 0 };
  for (const [value, n] of counts) {
    const [agency = '', basis = ''] = value.split('|');
    const allowed = rule.get(agency);
    if (allowed === undefined || codes('LegalBasis').every((code) => allowed.has(code))) continue;
    found.needed += n;
    if (!allowed.has(basis)) found.missing += n;
  }
  return found;
}

/**
 * By when the receiving agency has to accept or reject a handover: `days` after it was sent (the setting VERIFICATION_DAYS).
 * @returns `null` when it waits for neither.
 */
export function dueAt(handover: { readonly state: unknown; readonly sentAt: unknown }, days: number): Date | null {
  if (!['SENT', 'ACKNOWLEDGED'].includes(String(handover.state)) || !handover.sentAt) return null;
  return new Date(new Date(handover.sentAt as string | Date).getTime() + days * 86_400_000);
}
