/** The handovers of the cases: to whom, on what legal basis, and how far each has come. */
import type { Receiver } from './agencies.ts';
import { type CaseFile, END } from './case-files.ts';
import { personsOf } from './persons.ts';
import { Random, type Weighted } from './random.ts';
import type { Code } from './records.ts';
import { advance, MINUTES_A_DAY } from './time.ts';

/** The states with the minute at which each began; those that were never reached are absent. */
export type Moments = Partial<Readonly<Record<Code<'HandoverState'>, number>>>;

/** A handover of a case. */
export interface Handover {
  readonly to: Receiver;
  readonly state: Code<'HandoverState'>;
  readonly at: Moments;
  /** Empty when it is missing. */
  readonly legalBasis: Code<'LegalBasis'> | '';
  /** Empty unless rejected. */
  readonly rejectionReason: Code<'RejectionReason'> | '';
  /** Whether it follows upon the rejection of the one before it. */
  readonly redirected: boolean;
}

type State = keyof Moments;
type Steps = Weighted<readonly [min: number, max: number]>;

const HOUR = 60;
const DAY = MINUTES_A_DAY;

/** From the opening of the case to the first handover, and from one to the next. */
const FIRST: Steps = [
  [[5, HOUR], 52],
  [[HOUR, 8 * HOUR], 33],
  [[8 * HOUR, 2 * DAY], 15],
];
const NEXT: Steps = [
  [[0, 30], 50],
  [[HOUR, 2 * DAY], 30],
  [[2 * DAY, 14 * DAY], 20],
];

/** From the state before to this one. The verification of Art. 27 (3 days) is the way to ACCEPTED. */
const STEPS: Readonly<Record<Exclude<State, 'DRAFT'>, Steps>> = {
  SENT: [
    [[0, 15], 60],
    [[15, 4 * HOUR], 40],
  ],
  ACKNOWLEDGED: [
    [[10, 4 * HOUR], 46],
    [[4 * HOUR, DAY], 36],
    [[DAY, 3 * DAY], 14],
    [[3 * DAY, 9 * DAY], 4],
  ],
  ACCEPTED: [
    [[HOUR, DAY], 52],
    [[DAY, 3 * DAY], 33],
    [[3 * DAY, 10 * DAY], 12],
    [[10 * DAY, 30 * DAY], 3],
  ],
  IN_PROGRESS: [
    [[HOUR, 2 * DAY], 62],
    [[2 * DAY, 10 * DAY], 38],
  ],
  COMPLETED: [
    [[DAY, 20 * DAY], 40],
    [[20 * DAY, 70 * DAY], 42],
    [[70 * DAY, 240 * DAY], 18],
  ],
  REJECTED: [
    [[2 * HOUR, DAY], 50],
    [[DAY, 4 * DAY], 40],
    [[4 * DAY, 12 * DAY], 10],
  ],
  REVOKED: [
    [[HOUR, 2 * DAY], 50],
    [[2 * DAY, 12 * DAY], 50],
  ],
};

/** What comes after SENT. */
const PATHS: Weighted<readonly (keyof typeof STEPS)[]> = [
  [['ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED'], 85],
  [['ACKNOWLEDGED', 'REJECTED'], 8],
  [['REJECTED'], 3],
  [['REVOKED'], 1.5],
  [['ACKNOWLEDGED', 'REVOKED'], 1.3],
  [['ACKNOWLEDGED', 'ACCEPTED', 'REVOKED'], 0.8],
  [['ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'REVOKED'], 0.4],
];
/** Nobody has answered, or nobody after the acknowledgement: so in the latest cases only, older ones were answered in the end. */
const WAITING: typeof PATHS = [
  [[], 50],
  [['ACKNOWLEDGED'], 50],
];
const WAIT = { share: 0.12, days: 150 } as const;

const REASONS: Weighted<Code<'RejectionReason'>> = [
  ['OUTSIDE_JURISDICTION', 34],
  ['INSUFFICIENT_INFORMATION', 24],
  ['NO_CAPACITY', 17],
  ['NOT_TRAFFICKING', 13],
  ['DUPLICATE', 8],
  ['OTHER', 4],
];
/** After these nobody else is asked. */
const FINAL: readonly string[] = ['NOT_TRAFFICKING', 'DUPLICATE'];

/** Reports to the police and the border guard may be required by law; the women's union needs consent, which is missing now and then. */
const STATUTORY: Weighted<Handover['legalBasis']> = [
  ['STATUTORY_REPORT', 80],
  ['VITAL_INTEREST', 11],
  ['CONSENT', 9],
];
const CONSENT: Weighted<Handover['legalBasis']> = [
  ['CONSENT', 93],
  ['VITAL_INTEREST', 3],
  ['', 4],
];
const CONSENT_OF_MINORS: Weighted<Handover['legalBasis']> = [
  ['GUARDIAN_CONSENT', 78],
  ['CONSENT', 14],
  ['VITAL_INTEREST', 4],
  ['', 4],
];

/** How many cases have a handover that was written and not sent. */
const DRAFTS = { recent: 0.3, older: 0.02 } as const;

/** The handovers of a case in the order in which they were written: those that were sent, as many as planned, and perhaps a draft. */
export function handoversOf(file: CaseFile): Handover[] {
  const basis = basisFor(personsOf(file).some(({ age }) => age !== null && age < 18));
  const handovers: Handover[] = [];
  for (const [i, to] of file.receivers.entries()) handovers.push(sent(file, to, handovers.at(-1), new Random(`handover/${file.call.key}`, i), basis));
  const random = new Random(`draft/${file.call.key}`);
  return random.chance(recent(file) ? DRAFTS.recent : DRAFTS.older) ? [...handovers, draft(file, handovers.at(-1), random)] : handovers;
}

function sent(file: CaseFile, to: Receiver, before: Handover | undefined, random: Random, basis: ReturnType<typeof basisFor>): Handover {
  const last = Math.min(file.until.handovers, file.closedAt ?? END);
  const rejected = before?.at.REJECTED;
  // Where a published period ends before the rejection, the next handover cannot wait for it.
  const redirected = before !== undefined && rejected !== undefined && rejected < last && !FINAL.includes(before.rejectionReason);
  const since = redirected ? rejected : (before?.at.DRAFT ?? file.openedAt);
  const created = advance(since, random.range(before === undefined ? FIRST : NEXT), last);
  const at: { -readonly [S in State]?: number } = { DRAFT: created, SENT: advance(created, random.range(STEPS.SENT), last) };
  let state: State = 'SENT';
  for (const next of random.choose(recent(file) && random.chance(WAIT.share) ? WAITING : PATHS)) {
    const step = random.range(STEPS[next]);
    // All handovers of a closed case came to their end before it did; of others, what lies in the future has not happened.
    const moment: number = file.closedAt === null ? (at[state] ?? created) + step : advance(at[state] ?? created, step, file.closedAt);
    if (moment > END) break;
    at[next] = moment;
    state = next;
  }
  return { to, state, at, legalBasis: basis(to, random), rejectionReason: state === 'REJECTED' ? random.choose(REASONS) : '', redirected };
}

function draft(file: CaseFile, before: Handover | undefined, random: Random): Handover {
  const created = advance(before?.at.SENT ?? file.openedAt, random.range(NEXT), file.closedAt ?? END);
  const to = random.choose<Receiver>([
    ['hlhpn', 60],
    ['c02', 25],
    ['pcmt-bdbp', 15],
  ]);
  // Consent is still to be asked for.
  return { to, state: 'DRAFT', at: { DRAFT: created }, legalBasis: to === 'hlhpn' ? '' : 'STATUTORY_REPORT', rejectionReason: '', redirected: false };
}

function recent({ closedAt, openedAt }: CaseFile): boolean {
  return closedAt === null && openedAt > END - WAIT.days * DAY;
}

function basisFor(minors: boolean) {
  return (to: Receiver, random: Random) => random.choose(to !== 'hlhpn' ? STATUTORY : minors ? CONSENT_OF_MINORS : CONSENT);
}
