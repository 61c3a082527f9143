/**
 * What was done to a person: acts, means, purposes and where to, such that who is identified as a victim may be (Law 53/2024/QH15, Art. 2):
 * at least one act and one purpose, and at least one means unless under 18.
 */
import type { Random, Weighted } from './random.ts';
import type { Code } from './records.ts';
import { dayNumber, MINUTES_A_DAY } from './time.ts';

type Status = Code<'LegalStatus'>;
type Purpose = Code<'Purpose'>;

const COUNT: Weighted<number> = [
  [1, 58],
  [2, 32],
  [3, 10],
];
/** Of a person whose identification goes on: what is known so far. */
const COUNT_SO_FAR: Weighted<number> = [
  [0, 45],
  [1, 40],
  [2, 15],
];
const PURPOSE_COUNT: Weighted<number> = [
  [1, 83],
  [2, 15],
  [3, 2],
];

const ACTS: Weighted<Code<'Act'>> = [
  ['RECRUITMENT', 34],
  ['TRANSPORTATION', 27],
  ['TRANSFER', 20],
  ['HARBOURING', 10],
  ['RECEIPT', 9],
];

const MEANS: Weighted<Code<'Means'>> = [
  ['DECEPTION', 55],
  ['ABUSE_OF_VULNERABILITY', 16],
  ['PAYMENT', 9],
  ['THREAT_OF_FORCE', 9],
  ['FORCE', 6],
  ['ABDUCTION', 3],
  ['OTHER', 2],
];

/** From this day on, persons are brought to places where they must defraud others by telephone and internet. A guess from press reports. */
const SCAM_COMPOUNDS = dayNumber('2021-07-01') * MINUTES_A_DAY;

const SMALL_CHILD: Weighted<Purpose> = [
  ['ILLEGAL_ADOPTION', 58],
  ['FORCED_BEGGING', 24],
  ['FORCED_LABOUR', 8],
  ['SEXUAL_EXPLOITATION', 7],
  ['ORGAN_REMOVAL', 1],
  ['OTHER', 2],
];
const women = (scams: boolean): Weighted<Purpose> => [
  ['SEXUAL_EXPLOITATION', 39],
  ['FORCED_MARRIAGE', scams ? 18 : 33],
  ['FORCED_LABOUR', 13],
  ['FORCED_CHILDBEARING', 6],
  ['FORCED_CRIMINALITY', scams ? 16 : 1],
  ['FORCED_BEGGING', 2],
  ['ORGAN_REMOVAL', 0.6],
  ['OTHER', 1],
];
const men = (scams: boolean): Weighted<Purpose> => [
  ['FORCED_LABOUR', scams ? 42 : 68],
  ['FORCED_CRIMINALITY', scams ? 40 : 8],
  ['FORCED_BEGGING', 5],
  ['ORGAN_REMOVAL', 3],
  ['SEXUAL_EXPLOITATION', 5],
  ['OTHER', 2],
];
const BEFORE = { women: women(false), men: men(false) };
const SINCE = { women: women(true), men: men(true) };

const DESTINATIONS: Weighted<string> = [
  ['CN', 62],
  ['VN', 18],
  ['KH', 5],
  ['LA', 4],
  ['MY', 4],
  ['TH', 3],
  ['RU', 2],
  ['TW', 2],
];
const BRIDES: Weighted<string> = [
  ['CN', 93],
  ['TW', 3],
  ['KR', 3],
  ['MY', 1],
];
const SCAMS: Weighted<string> = [
  ['KH', 55],
  ['MM', 22],
  ['LA', 12],
  ['PH', 8],
  ['VN', 3],
];
const DESTINATION_UNKNOWN = 0.07;

/** Whose purposes are asked for; `at` is a minute. */
interface Profile {
  readonly legalStatus: Status;
  readonly sex: Code<'Sex'>;
  readonly age: number | null;
  readonly at: number;
}

/** Acts, at least one of a victim. */
export function actsOf(legalStatus: Status, random: Random): Code<'Act'>[] {
  return random.chooseSome(count(legalStatus, random), ACTS);
}

/** Means: at least one of a victim, unless under 18. */
export function meansOf(legalStatus: Status, age: number | null, random: Random): Code<'Means'>[] {
  const minor = age !== null && age < 18;
  const used = count(legalStatus, random);
  return minor && random.chance(0.4) ? [] : random.chooseSome(used, MEANS);
}

/** Purposes: known ones of a victim, perhaps UNKNOWN while identification goes on, mostly none of others. */
export function purposesOf({ legalStatus, sex, age, at }: Profile, random: Random): Purpose[] {
  const period = at < SCAM_COMPOUNDS ? BEFORE : SINCE;
  const likely = age !== null && age <= 10 ? SMALL_CHILD : sex === 'MALE' ? period.men : period.women;
  const purposes = random.chooseSome(random.choose(PURPOSE_COUNT), likely);
  switch (legalStatus) {
    case 'VICTIM':
      return purposes;
    case 'IN_IDENTIFICATION':
      return random.chance(0.4) ? ['UNKNOWN'] : purposes;
    case 'NOT_VICTIM':
      return random.chance(0.15) ? ['UNKNOWN'] : [];
    case 'ACCOMPANYING_MINOR':
      return [];
    default:
      return legalStatus satisfies never;
  }
}

/** The country that the person was brought to, or was to be; empty when not known. */
export function destinationOf({ legalStatus, purpose, at }: { legalStatus: Status; purpose: Purpose | undefined; at: number }, random: Random): string {
  const known = legalStatus !== 'NOT_VICTIM' && !random.chance(DESTINATION_UNKNOWN);
  if (!known) return '';
  if (purpose === 'FORCED_MARRIAGE' || purpose === 'FORCED_CHILDBEARING') return random.choose(BRIDES);
  return random.choose(purpose === 'FORCED_CRIMINALITY' && at >= SCAM_COMPOUNDS ? SCAMS : DESTINATIONS);
}

function count(legalStatus: Status, random: Random): number {
  if (legalStatus === 'VICTIM') return random.choose(COUNT);
  return legalStatus === 'IN_IDENTIFICATION' ? random.choose(COUNT_SO_FAR) : 0;
}
