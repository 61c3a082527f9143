/** The persons of the cases: who they are, what was done to them and where they stand in law. */
import { type CaseFile, END } from './case-files.ts';
import { originPlace, type Place } from './provinces.ts';
import { Random, type Weighted } from './random.ts';
import type { Code } from './records.ts';
import { actsOf, destinationOf, meansOf, purposesOf } from './trafficking.ts';
import { advance, MINUTES_A_DAY } from './time.ts';

/** A person of a case. Times are minutes, see time.ts. */
export interface Person {
  /** Names the person's streams. */
  readonly key: string;
  readonly registeredAt: number;
  /** `null` unless the legal status is VICTIM. */
  readonly identifiedAt: number | null;
  readonly legalStatus: Code<'LegalStatus'>;
  readonly sex: Code<'Sex'>;
  /** At the time of trafficking, in years; `null` when not known. */
  readonly age: number | null;
  readonly ethnicity: Code<'EthnicityGroup'>;
  readonly acts: readonly Code<'Act'>[];
  readonly means: readonly Code<'Means'>[];
  readonly purposes: readonly Code<'Purpose'>[];
  readonly origin: Place;
  /** A country, VN for trafficking within Vietnam; empty when not known. */
  readonly destination: string;
}

const HOUR = 60;
const DAY = MINUTES_A_DAY;

/** From the opening of the case to the registration of a person. */
const REGISTERING: Weighted<readonly [number, number]> = [
  [[5, 3 * HOUR], 16],
  [[3 * HOUR, 2 * DAY], 18],
  [[2 * DAY, 10 * DAY], 38],
  [[10 * DAY, 35 * DAY], 28],
];

const SEXES: Weighted<Person['sex']> = [
  ['FEMALE', 76],
  ['MALE', 22.3],
  ['OTHER', 0.5],
  ['UNKNOWN', 1.2],
];

const AGES: Weighted<readonly [number, number]> = [
  [[0, 10], 5],
  [[11, 14], 10],
  [[15, 17], 24],
  [[18, 24], 31],
  [[25, 34], 20],
  [[35, 47], 8],
  [[48, 66], 2],
];
const AGE_UNKNOWN = 0.04;

/** The share of persons who come from the place that the call came from. */
const CALLED_FROM_HOME = 0.45;

/** The persons of a case; those registered first come first. */
export function personsOf(file: CaseFile): Person[] {
  return Array.from({ length: file.persons }, (_, i) => personOf(file, i)).sort((a, b) => a.registeredAt - b.registeredAt);
}

function personOf(file: CaseFile, i: number): Person {
  const key = `${file.call.key}/${i}`;
  const random = new Random(`person/${key}`);
  const registeredAt = advance(file.openedAt, random.range(REGISTERING), Math.min(file.decidedAt ?? END, file.until.victims));
  const sex = random.choose(SEXES);
  const age = random.chance(AGE_UNKNOWN) ? null : random.range(AGES);
  const origin = random.chance(CALLED_FROM_HOME) ? file.call.place : originPlace(random);
  const ethnicity = ethnicityOf(origin, random);
  const legalStatus = legalStatusOf(file, i, age, random);
  const purposes = purposesOf({ legalStatus, sex, age, at: registeredAt }, random);
  return {
    key,
    registeredAt,
    identifiedAt: legalStatus === 'VICTIM' && file.decidedAt !== null ? Math.min(file.decidedAt + (i === 0 ? 0 : random.int(0, 10 * HOUR)), END) : null,
    legalStatus,
    sex,
    age,
    ethnicity,
    acts: actsOf(legalStatus, random),
    means: meansOf(legalStatus, age, random),
    purposes,
    origin,
    destination: destinationOf({ legalStatus, purpose: purposes[0], at: registeredAt }, random),
  };
}

/** A case in which a victim was identified has one; others in it may be children who went along, or prove not to be victims. */
function legalStatusOf({ identified }: CaseFile, i: number, age: number | null, random: Random): Person['legalStatus'] {
  const other = random.next();
  if (identified === false) return 'NOT_VICTIM';
  if (i > 0 && age !== null && age < 16 && other < 0.5) return 'ACCOMPANYING_MINOR';
  if (identified === null) return 'IN_IDENTIFICATION';
  return i > 0 && other > 0.88 ? 'NOT_VICTIM' : 'VICTIM';
}

function ethnicityOf({ highland, border }: Place, random: Random): Person['ethnicity'] {
  if (random.chance(0.04)) return 'UNKNOWN';
  return random.chance(highland ? 0.78 : border ? 0.3 : 0.06) ? 'MINORITY' : 'KINH';
}
