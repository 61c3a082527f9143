/**
 * The calls as far as other ministries' records depend on them. Each subgraph generates its own records in its own process; they agree
 * with each other because all go back to what is drawn here.
 */
import { demoPlan, type Segment } from './plan.ts';
import { callingPlace, type Place } from './provinces.ts';
import { Random, type Weighted } from './random.ts';
import { type Code, externalId } from './records.ts';
import { MINUTES_A_DAY } from './time.ts';

/** What a call became and who called, when and from where. */
export interface IncomingCall {
  readonly id: string;
  /** Names the streams of everything that follows from the call. It does not depend on how many calls there were before. */
  readonly key: string;
  /** A minute, see time.ts. */
  readonly receivedAt: number;
  readonly category: Code<'CallCategory'>;
  readonly callerType: Code<'CallerType'>;
  readonly place: Place;
}

const CATEGORIES = { information: 'INFORMATION', counselling: 'COUNSELLING', referral: 'REFERRAL' } as const;

/** Calls by the hour, from midnight: most by day, many in the evening, few at night. */
const HOURS: Weighted<number> = [1, 0.6, 0.4, 0.3, 0.3, 0.6, 1.5, 3, 6, 8, 8, 6, 4.5, 5.5, 7.5, 8, 7.5, 5.5, 4.5, 5.5, 6, 5, 3.5, 2].map(
  (weight, hour) => [hour, weight] as const,
);

/** The share of the calls that are drawn on a Sunday and come in on another day instead. */
const QUIETER_SUNDAY = 0.4;

/**
 * Referrals come from relatives and victims more often than other calls. Together they give the shares that the hotline reported of the
 * callers it knew something about: 85.3, 9.6, 3.1 and 2 per cent.
 */
const REFERRAL_CALLERS: Weighted<IncomingCall['callerType']> = [
  ['PUBLIC', 34],
  ['RELATIVE_FRIEND', 36],
  ['OFFICIAL_PRESS', 12],
  ['VICTIM', 17],
  ['UNKNOWN', 1],
];
const OTHER_CALLERS: Weighted<IncomingCall['callerType']> = [
  ['PUBLIC', 86.2],
  ['RELATIVE_FRIEND', 8.9],
  ['OFFICIAL_PRESS', 2.9],
  ['VICTIM', 1.6],
  ['UNKNOWN', 0.4],
];

/** All calls, segment by segment, in the order in which they came in; numbered in that order. */
export function* incomingCalls(): Generator<{ readonly segment: Segment; readonly calls: readonly IncomingCall[] }> {
  let number = 0;
  for (const segment of demoPlan()) {
    const calls = callsOf(segment).map((call) => ({ id: externalId('C', ++number), ...call }));
    yield { segment, calls };
  }
}

type Unnumbered = Omit<IncomingCall, 'id'>;

function callsOf(segment: Segment): Unnumbered[] {
  const calls: Unnumbered[] = [];
  for (const measure of ['information', 'counselling', 'referral'] as const) {
    for (let i = 0; i < segment.counts[measure]; i++) calls.push(draw(segment, CATEGORIES[measure], i));
  }
  // The sort keeps the order of calls of the same minute.
  return calls.sort((a, b) => a.receivedAt - b.receivedAt);
}

function draw(segment: Segment, category: IncomingCall['category'], i: number): Unnumbered {
  const key = `${category}/${segment.from}/${i}`;
  const random = new Random(`incoming/${key}`);
  return {
    key,
    receivedAt: dayOf(segment, random) * MINUTES_A_DAY + random.choose(HOURS) * 60 + random.int(0, 59),
    category,
    callerType: random.choose(category === 'REFERRAL' ? REFERRAL_CALLERS : OTHER_CALLERS),
    place: callingPlace(random),
  };
}

function dayOf({ from, to }: Segment, random: Random): number {
  const day = random.int(from, to);
  // Day 0, 1 January 1970, was a Thursday.
  const sunday = (day + 4) % 7 === 0;
  return sunday && random.chance(QUIETER_SUNDAY) ? random.int(from, to) : day;
}
