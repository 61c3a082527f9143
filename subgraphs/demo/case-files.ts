/** The referral cases as far as the records of several ministries depend on them: persons, handovers and support all follow from these. */
import type { Receiver } from './agencies.ts';
import { type IncomingCall, incomingCalls } from './incoming.ts';
import { apportion, LAST_DAY, type Segment } from './plan.ts';
import { Random, type Weighted } from './random.ts';
import { type Code, externalId } from './records.ts';
import { advance, dayOfMinute, lastMinute, MINUTES_A_DAY } from './time.ts';

/** After this minute nothing has happened yet. */
export const END = lastMinute(LAST_DAY);

/** A case. Times are minutes, see time.ts. */
export interface CaseFile {
  readonly id: string;
  readonly call: IncomingCall;
  readonly openedAt: number;
  /** How many persons are registered in it. */
  readonly persons: number;
  /** The agency of each handover that is sent, in order; never the same twice in a row. */
  readonly receivers: readonly Receiver[];
  /** The last minute in which these persons are registered and these handovers sent. */
  readonly until: Segment['until'];
  readonly stage: Code<'CaseStage'>;
  /** Whether a victim was identified; `null` while that is open. */
  readonly identified: boolean | null;
  /** When that was decided; `null` while it is open. */
  readonly decidedAt: number | null;
  readonly closedAt: number | null;
}

type Steps = Weighted<readonly [min: number, max: number]>;

const HOUR = 60;
const DAY = MINUTES_A_DAY;

/** From the call to the case. */
const OPENING: Steps = [
  [[2, 20], 55],
  [[21, 90], 35],
  [[91, 300], 10],
];
const VERIFYING: Steps = [
  [[20, 6 * HOUR], 45],
  [[6 * HOUR, DAY], 35],
  [[DAY, 3 * DAY], 12],
  [[3 * DAY, 40 * DAY], 8],
];
/** From the start of verification, over a rescue where there is one, to the decision. */
const DECIDING: Steps = [
  [[5 * DAY, 20 * DAY], 20],
  [[20 * DAY, 60 * DAY], 42],
  [[60 * DAY, 150 * DAY], 28],
  [[150 * DAY, 400 * DAY], 10],
];
const SUPPORTING: Steps = [
  [[12 * HOUR, 7 * DAY], 50],
  [[7 * DAY, 30 * DAY], 50],
];
const CLOSING_SUPPORTED: Steps = [
  [[30 * DAY, 90 * DAY], 34],
  [[90 * DAY, 200 * DAY], 40],
  [[200 * DAY, 420 * DAY], 23],
  // A few go on for years.
  [[420 * DAY, 3_000 * DAY], 3],
];
const CLOSING_OTHERS: Steps = [
  [[2 * DAY, 20 * DAY], 45],
  [[20 * DAY, 60 * DAY], 40],
  [[60 * DAY, 150 * DAY], 15],
];

const RESCUED = 0.4;
const IDENTIFIED = 0.82;

/** How much of a segment's persons and handovers fall to a case, relative to the other cases. */
const PERSONS: Weighted<number> = [
  [0.3, 16],
  [1, 62],
  [2, 15],
  [4, 6],
  [8, 1],
];
const HANDOVERS: Weighted<number> = [
  [1, 14],
  [2, 32],
  [3, 34],
  [4, 15],
  [5, 5],
];

/** All cases in the order of their calls, and numbered so. */
export function* caseFiles(): Generator<CaseFile> {
  let number = 0;
  for (const { segment, calls } of incomingCalls()) {
    const drawn = calls.filter(({ category }) => category === 'REFERRAL').map(sizes);
    const persons = apportion(
      segment.counts.victims,
      drawn.map((one) => one.persons),
    );
    const handovers = apportion(
      segment.counts.handovers,
      drawn.map((one) => one.handovers),
    );
    const until = { victims: lastMinute(segment.until.victims), handovers: lastMinute(segment.until.handovers) };
    for (const [i, { call }] of drawn.entries()) yield fileOf(externalId('R', ++number), call, persons[i] ?? 0, handovers[i] ?? 0, until);
  }
}

function sizes(call: IncomingCall) {
  const random = new Random(`case-size/${call.key}`);
  return { call, persons: random.choose(PERSONS), handovers: random.choose(HANDOVERS) };
}

function fileOf(id: string, call: IncomingCall, persons: number, handovers: number, until: CaseFile['until']): CaseFile {
  const random = new Random(`case/${call.key}`);
  const openedAt = Math.min(call.receivedAt + random.range(OPENING), lastMinute(dayOfMinute(call.receivedAt)));
  return { id, call, openedAt, persons, receivers: receiversOf(call, handovers, random), until, ...courseOf(openedAt, persons, random) };
}

/** Two or three agencies take turns: the police nearly always, the border guard mostly near a border. */
function receiversOf({ place }: IncomingCall, handovers: number, random: Random): Receiver[] {
  const agencies = random.chooseSome<Receiver>(random.chance(place.border ? 0.6 : 0.25) ? 3 : 2, [
    ['c02', 9],
    ['pcmt-bdbp', place.border ? 4 : 0.5],
    ['hlhpn', 3],
  ]);
  return Array.from({ length: handovers }, (_, i) => agencies[i % agencies.length] ?? 'c02');
}

/** Without a person no victim can be identified. */
function courseOf(openedAt: number, persons: number, random: Random): Pick<CaseFile, 'stage' | 'identified' | 'decidedAt' | 'closedAt'> {
  const verifying = openedAt + random.range(VERIFYING);
  const decided = verifying + random.range(DECIDING);
  const rescuing = advance(verifying, random.int(HOUR, 20 * DAY), decided);
  const rescued = random.chance(RESCUED);
  const identified = random.chance(IDENTIFIED) && persons > 0;
  const supporting = decided + random.range(SUPPORTING);
  const closed = identified ? supporting + random.range(CLOSING_SUPPORTED) : decided + random.range(CLOSING_OTHERS);
  const steps: (readonly [CaseFile['stage'], number])[] = [
    ['RECEIVED', openedAt],
    ['VERIFYING', verifying],
    ...(rescued ? [['RESCUING', rescuing] as const] : []),
    [identified ? 'IDENTIFIED' : 'NOT_IDENTIFIED', decided],
    ...(identified ? [['SUPPORTING', supporting] as const] : []),
    ['CLOSED', closed],
  ];
  return {
    stage: steps.findLast(([, at]) => at <= END)?.[0] ?? 'RECEIVED',
    identified: decided <= END ? identified : null,
    decidedAt: decided <= END ? decided : null,
    closedAt: closed <= END ? closed : null,
  };
}
