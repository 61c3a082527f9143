/** The support given to the persons of the cases. */
import type { AgencyId } from './agencies.ts';
import { type CaseFile, END } from './case-files.ts';
import type { Person } from './persons.ts';
import { Random, type Weighted } from './random.ts';
import type { Code } from './records.ts';
import { MINUTES_A_DAY } from './time.ts';

/** One service to one person. Times are minutes, see time.ts. */
export interface Support {
  readonly type: Code<'SupportType'>;
  readonly startedAt: number;
  /** `null` while it goes on. */
  readonly endedAt: number | null;
  readonly inShelter: boolean;
  readonly agency: AgencyId;
}

type Type = Support['type'];
type Steps = Weighted<readonly [min: number, max: number]>;

const HOUR = 60;
const DAY = MINUTES_A_DAY;

const COUNT: Readonly<Record<Person['legalStatus'], Weighted<number>>> = {
  VICTIM: [
    [0, 9],
    [1, 16],
    [2, 25],
    [3, 25],
    [4, 16],
    [5, 9],
  ],
  IN_IDENTIFICATION: [
    [0, 35],
    [1, 40],
    [2, 25],
  ],
  ACCOMPANYING_MINOR: [
    [1, 70],
    [2, 30],
  ],
  NOT_VICTIM: [
    [0, 75],
    [1, 25],
  ],
};

/** Given from the start, also before identification. */
const EARLY: Weighted<Type> = [
  ['ESSENTIAL_NEEDS', 30],
  ['MEDICAL', 18],
  ['PSYCHOLOGICAL', 18],
  ['TRAVEL', 16],
  ['LEGAL_SUPPORT', 9],
  ['INTERPRETATION', 3],
];
/** Given once the person is identified, to children and to adults. */
const LATER_MINORS: Weighted<Type> = [
  ['EDUCATION', 18],
  ['LEGAL_AID', 8],
  ['VOCATIONAL', 6],
  ['INITIAL_ALLOWANCE', 12],
];
const LATER_ADULTS: Weighted<Type> = [
  ['INITIAL_ALLOWANCE', 16],
  ['VOCATIONAL', 13],
  ['LEGAL_AID', 8],
  ['EMPLOYMENT', 8],
  ['LOAN', 6],
  ['EDUCATION', 1],
];

const EARLY_START: Steps = [
  [[HOUR, DAY], 45],
  [[DAY, 7 * DAY], 40],
  [[7 * DAY, 25 * DAY], 15],
];
const LATER_START: Steps = [
  [[DAY, 20 * DAY], 45],
  [[20 * DAY, 60 * DAY], 40],
  [[60 * DAY, 120 * DAY], 15],
];

const SHORT: Steps = [
  [[HOUR, DAY], 60],
  [[DAY, 7 * DAY], 40],
];
const MEDIUM: Steps = [
  [[3 * DAY, 20 * DAY], 50],
  [[20 * DAY, 75 * DAY], 50],
];
const LONG: Steps = [
  [[60 * DAY, 180 * DAY], 60],
  [[180 * DAY, 365 * DAY], 40],
];
/** Stays in a shelter; some beyond 120 days. */
const STAY: Steps = [
  [[2 * DAY, 20 * DAY], 22],
  [[20 * DAY, 80 * DAY], 30],
  [[80 * DAY, 125 * DAY], 25],
  [[125 * DAY, 330 * DAY], 23],
];

const DURATION: Readonly<Record<Type, Steps>> = {
  ESSENTIAL_NEEDS: MEDIUM,
  MEDICAL: MEDIUM,
  INTERPRETATION: SHORT,
  LEGAL_SUPPORT: MEDIUM,
  LEGAL_AID: LONG,
  TRAVEL: SHORT,
  PSYCHOLOGICAL: MEDIUM,
  EDUCATION: LONG,
  VOCATIONAL: LONG,
  EMPLOYMENT: MEDIUM,
  INITIAL_ALLOWANCE: SHORT,
  LOAN: LONG,
};

/** Which share of a type is given in a shelter. */
const IN_SHELTER: Partial<Readonly<Record<Type, number>>> = { ESSENTIAL_NEEDS: 0.75, PSYCHOLOGICAL: 0.4, MEDICAL: 0.15 };

/** Who gives a type, of the agencies that have the case by then. */
const GIVERS: Readonly<Record<'shelter' | 'law' | 'others', Readonly<Record<AgencyId, number>>>> = {
  shelter: { hlhpn: 12, 'cuc-tre-em': 4, 'pcmt-bdbp': 0.5, c02: 0.3 },
  law: { c02: 6, 'pcmt-bdbp': 5, 'cuc-tre-em': 3, hlhpn: 2 },
  others: { hlhpn: 10, 'cuc-tre-em': 4, c02: 1, 'pcmt-bdbp': 1 },
};

/** The support of a person, in the order in which it began. `agenciesAt` gives the agencies that have the case at a minute. */
export function supportsOf(file: CaseFile, person: Person, agenciesAt: (minute: number) => readonly AgencyId[]): Support[] {
  const random = new Random(`supports/${person.key}`);
  const types = random.chooseSome(random.choose(COUNT[person.legalStatus]), typesFor(person));
  return types
    .map((type, i) => supportOf(file, person, type, agenciesAt, new Random(`support/${person.key}`, i)))
    .filter((support) => support !== null)
    .sort((a, b) => a.startedAt - b.startedAt);
}

function typesFor({ identifiedAt, age, ethnicity }: Person): Weighted<Type> {
  // Weights of a type that is named twice add up.
  const early: Weighted<Type> = ethnicity === 'MINORITY' ? [...EARLY, ['INTERPRETATION', 6]] : EARLY;
  if (identifiedAt === null) return early;
  return [...early, ...(age !== null && age < 18 ? LATER_MINORS : LATER_ADULTS)];
}

/** `null` when it would have begun after the case was closed, or has not yet begun. */
function supportOf(file: CaseFile, person: Person, type: Type, agenciesAt: (minute: number) => readonly AgencyId[], random: Random): Support | null {
  const early = EARLY.some(([other]) => other === type);
  const startedAt = early ? person.registeredAt + random.range(EARLY_START) : (person.identifiedAt ?? person.registeredAt) + random.range(LATER_START);
  if (startedAt > (file.closedAt ?? END)) return null;
  const inShelter = random.chance(IN_SHELTER[type] ?? 0);
  const end = startedAt + random.range(inShelter ? STAY : DURATION[type]);
  return { type, startedAt, endedAt: file.closedAt === null ? (end > END ? null : end) : Math.min(end, file.closedAt), inShelter, agency: giver() };

  function giver(): AgencyId {
    const givers = GIVERS[inShelter ? 'shelter' : type === 'TRAVEL' || type === 'LEGAL_SUPPORT' || type === 'INTERPRETATION' ? 'law' : 'others'];
    return random.choose(agenciesAt(startedAt).map((agency) => [agency, givers[agency]] as const));
  }
}
