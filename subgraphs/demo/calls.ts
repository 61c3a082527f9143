/** The hotline's calls as its own subgraph imports them. */
import { HOTLINE } from './agencies.ts';
import type { Row } from './csv.ts';
import { type IncomingCall, incomingCalls } from './incoming.ts';
import { LAST_DAY } from './plan.ts';
import { Random, type Weighted } from './random.ts';
import { type Code, SOURCE } from './records.ts';
import { dayNumber, dayOfMinute, lastMinute, minuteCell, minuteText } from './time.ts';

type Channel = Code<'CallChannel'>;

/** Topics that a call of a category is about. */
const TOPICS: Readonly<Record<IncomingCall['category'], Weighted<Code<'CallTopic'>>>> = {
  INFORMATION: [
    ['HOTLINE_FUNCTIONS', 46],
    ['TRAFFICKING_SITUATION', 24],
    ['MIGRATION_LABOUR_EXPORT', 20],
    ['MISSING_PERSON', 5],
    ['LEGAL', 4],
    ['SHELTER', 1],
  ],
  COUNSELLING: [
    ['LEGAL', 26],
    ['PSYCHOLOGICAL', 24],
    ['MIGRATION_LABOUR_EXPORT', 17],
    ['MISSING_PERSON', 11],
    ['FINANCIAL', 8],
    ['MEDICAL', 6],
    ['SHELTER', 5],
    ['TRAFFICKING_SITUATION', 3],
  ],
  REFERRAL: [
    ['TRAFFICKING_SITUATION', 34],
    ['MISSING_PERSON', 32],
    ['SHELTER', 12],
    ['MIGRATION_LABOUR_EXPORT', 8],
    ['LEGAL', 6],
    ['PSYCHOLOGICAL', 4],
    ['MEDICAL', 3],
    ['FINANCIAL', 1],
  ],
};

/** How many topics were noted. */
const TOPIC_COUNT: Weighted<number> = [
  [0, 2],
  [1, 76],
  [2, 18],
  [3, 4],
];

const SEXES: Weighted<Code<'Sex'>> = [
  ['FEMALE', 56],
  ['MALE', 41],
  ['OTHER', 0.3],
  ['UNKNOWN', 2.7],
];

const AGES: Weighted<Code<'CallerAgeBand'>> = [
  ['AGE_0_10', 0.6],
  ['AGE_11_14', 2.4],
  ['AGE_15_18', 8],
  ['AGE_19_25', 24],
  ['AGE_26_40', 41],
  ['AGE_41_PLUS', 19],
  ['UNKNOWN', 5],
];
/** Victims who call are younger. */
const VICTIMS_AGES: Weighted<Code<'CallerAgeBand'>> = [
  ['AGE_0_10', 0.5],
  ['AGE_11_14', 6],
  ['AGE_15_18', 28],
  ['AGE_19_25', 36],
  ['AGE_26_40', 22],
  ['AGE_41_PLUS', 4],
  ['UNKNOWN', 3.5],
];

/** Channels from a day on. A guess: that the hotline has an application and answers messages is known, since when is not. */
const CHANNELS: readonly { readonly from: number; readonly channels: Weighted<Channel> }[] = [
  {
    from: dayNumber('2023-01-01'),
    channels: [
      ['PHONE', 83],
      ['APP', 7],
      ['CHAT', 8],
      ['EMAIL', 1],
      ['OTHER', 1],
    ],
  },
  {
    from: dayNumber('2021-01-01'),
    channels: [
      ['PHONE', 92],
      ['APP', 3],
      ['CHAT', 3],
      ['EMAIL', 1],
      ['OTHER', 1],
    ],
  },
  {
    from: Number.NEGATIVE_INFINITY,
    channels: [
      ['PHONE', 97],
      ['EMAIL', 1],
      ['OTHER', 0.5],
      ['UNKNOWN', 1.5],
    ],
  },
];

/** How long a call takes, in minutes. */
const MINUTES: Readonly<Record<IncomingCall['category'], Weighted<readonly [number, number]>>> = {
  INFORMATION: [
    [[1, 4], 60],
    [[5, 10], 32],
    [[11, 25], 8],
  ],
  COUNSELLING: [
    [[4, 12], 35],
    [[13, 30], 48],
    [[31, 75], 17],
  ],
  REFERRAL: [
    [[8, 20], 35],
    [[21, 45], 50],
    [[46, 110], 15],
  ],
};

/** The share of the calls whose end was not noted. */
const END_UNKNOWN = 0.02;

/** Rows of the `calls` import. */
export function* demoCalls(): Generator<Row> {
  for (const { calls } of incomingCalls()) {
    for (const call of calls) yield rowOf(call, new Random(`call/${call.key}`));
  }
}

function rowOf(call: IncomingCall, random: Random): Row {
  const { id, receivedAt, category, callerType, place } = call;
  const day = dayOfMinute(receivedAt);
  const channel = random.choose(CHANNELS.find(({ from }) => day >= from)?.channels ?? []);
  return {
    source: SOURCE,
    externalId: id,
    receivedAt: minuteText(receivedAt),
    endedAt: minuteCell(endOf(call, channel, random)),
    category,
    topics: random.chooseSome(random.choose(TOPIC_COUNT), TOPICS[category]).join(';'),
    callerType,
    callerSex: random.choose(SEXES),
    callerAgeBand: random.choose(callerType === 'VICTIM' ? VICTIMS_AGES : AGES),
    channel,
    province: place.idOn(day),
    agency: HOTLINE,
  };
}

/** What came in writing has no end. */
function endOf({ receivedAt, category }: IncomingCall, channel: Channel, random: Random): number | null {
  const minutes = random.range(MINUTES[category]);
  if (channel === 'EMAIL' || channel === 'OTHER' || random.chance(END_UNKNOWN)) return null;
  return Math.min(receivedAt + minutes, lastMinute(LAST_DAY));
}
