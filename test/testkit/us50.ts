/**
 * Records of another country that nothing here was tuned on: the fifty states as scheme US50, some 50,000 calls and 14,000 victims.
 * Deterministic. Shares are made up; nothing is about real persons.
 */
import type { CsvRow } from './tally.ts';

const STATES =
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY'.split(
    ' ',
  );
const AGENCIES = ['polaris', 'fbi-hq', 'state_police', 'shelter.org'];
const MEANS = ['FORCE', 'DECEPTION', 'PAYMENT'];
const PURPOSES = ['SEXUAL_EXPLOITATION', 'FORCED_LABOUR', 'FORCED_MARRIAGE', 'UNKNOWN', 'OTHER'];

export interface Us50 {
  provinces: CsvRow[];
  agencies: CsvRow[];
  calls: CsvRow[];
  cases: CsvRow[];
  handovers: CsvRow[];
  victims: CsvRow[];
  supports: CsvRow[];
}

/** The records; `scale` 1 is 50,000 calls. */
export function us50(scale = 1): Us50 {
  const pick = randomPicker(20_261_124);
  const moment = () => {
    const at = new Date(Date.UTC(2015, 0, 1) + pick(Array.from({ length: 9 * 365 }, (_, i) => i)) * 86_400_000 + pick(MINUTES) * 60_000);
    // Offsets of four time zones, and moments in UTC: the day counts in Vietnam's time all the same.
    const hours = pick([-5, -6, -7, -8, 0]);
    const local = new Date(at.getTime() + hours * 3_600_000).toISOString().slice(0, 19);
    return hours === 0 ? `${local}Z` : `${local}-0${-hours}:00`;
  };
  const later = (from: string, most: number) => new Date(Date.parse(from) + pick(MINUTES) * most * 60_000).toISOString();
  const state = () => (pick([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) === 1 ? '' : `US50:${pick(STATES)}`);
  const some = <T>(list: readonly T[]) => list.filter(() => pick([0, 0, 1]) === 1);
  const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: Math.round(n * scale) }, (_, i) => make(i));

  const calls = times(50_000, (i) => ({
    externalId: `call ${i}`,
    receivedAt: moment(),
    category: pick(['INFORMATION', 'INFORMATION', 'COUNSELLING', 'REFERRAL']),
    topics: some(['LEGAL', 'SHELTER', 'MEDICAL', 'FINANCIAL']).join(';'),
    callerType: pick(['PUBLIC', 'VICTIM', 'RELATIVE_FRIEND', '']),
    callerSex: pick(['FEMALE', 'MALE', 'OTHER', '']),
    callerAgeBand: pick(['AGE_15_18', 'AGE_19_25', 'AGE_41_PLUS', '']),
    channel: pick(['PHONE', 'CHAT', 'EMAIL', '']),
    province: state(),
    agency: pick(['polaris', 'polaris', '']),
  }));
  const cases = times(6_000, (i) => ({
    externalId: `case ${i}`,
    call: pick([`call ${i}`, '']),
    openedAt: moment(),
    stage: pick(['RECEIVED', 'VERIFYING', 'IDENTIFIED', 'CLOSED']),
    province: state(),
    agency: pick(AGENCIES),
  }));
  const handovers = times(9_000, (i) => {
    const createdAt = moment();
    const sentAt = later(createdAt, 1);
    const acknowledgedAt = later(sentAt, 2);
    const acceptedAt = later(acknowledgedAt, 5);
    const state = pick(['DRAFT', 'SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'REJECTED']);
    const has = (...states: string[]) => states.includes(state);
    return {
      externalId: `handover ${i}`,
      case: pick(cases).externalId,
      fromAgency: 'polaris',
      toAgency: pick(AGENCIES),
      state,
      createdAt,
      sentAt: has('DRAFT') ? '' : sentAt,
      acknowledgedAt: has('ACKNOWLEDGED', 'ACCEPTED') ? acknowledgedAt : '',
      acceptedAt: has('ACCEPTED') ? acceptedAt : '',
      rejectedAt: has('REJECTED') ? later(sentAt, 3) : '',
      rejectionReason: has('REJECTED') ? pick(['NO_CAPACITY', 'DUPLICATE']) : '',
    };
  });
  const victims = times(14_000, (i) => ({
    externalId: `person ${i}`,
    case: pick([pick(cases).externalId, '']),
    registeredAt: moment(),
    legalStatus: pick(['VICTIM', 'IN_IDENTIFICATION', 'NOT_VICTIM']),
    sex: pick(['FEMALE', 'MALE', '']),
    ethnicity: pick(['MINORITY', 'UNKNOWN', '']),
    ageAtTrafficking: pick(['', '3', '10', '11', '14', '15', '16', '17', '18', '44', '120', '0']),
    means: some(MEANS).join(';'),
    purposes: some(PURPOSES).join(';'),
    originProvince: state(),
    destinationCountry: pick(['US', 'MX', 'CA', 'PH', '']),
    agency: pick(AGENCIES),
  }));
  const supports = times(8_000, (i) => ({
    externalId: `support ${i}`,
    victim: pick(victims).externalId,
    type: pick(['MEDICAL', 'LEGAL_AID', 'TRAVEL']),
    startedAt: moment(),
    inShelter: pick(['TRUE', 'false', '']),
    agency: pick(AGENCIES),
  }));
  return {
    provinces: STATES.map((code) => ({ scheme: 'US50', code, nameVi: `Bang ${code}`, nameEn: `State "${code}", US` })),
    agencies: AGENCIES.map((id) => ({ id, type: 'NGO', nameVi: id, nameEn: `${id},\ninc.` })),
    calls,
    cases,
    handovers,
    victims,
    supports,
  };
}

const MINUTES = Array.from({ length: 1_440 }, (_, i) => i);

/** Picks from lists by a linear congruential generator (Numerical Recipes), its high bits. */
function randomPicker(seed: number): <T>(list: readonly T[]) => T {
  let state = seed >>> 0;
  return (list) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)] as never;
  };
}
