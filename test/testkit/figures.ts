/** Every figure of the statistics: how a client asks for it, and how it is counted from the rows by plain loops. */
import { type CsvRow, count, quantile } from './tally.ts';
import type { World } from './records.ts';
import { callerTypes, minors, minutesBetween, ratioOf, times } from './sealed-figures.ts';

/** A figure: `select` is what stands within a cell; `read` takes the answer's cell, `expect` the rows in the cell, both to the same shape. */
export interface Figure {
  name: string;
  select: string;
  fact: keyof World;
  // biome-ignore lint/suspicious/noExplicitAny: cells of an answer are read by paths that the figure knows.
  read: (cell: any) => unknown;
  expect: (rows: CsvRow[]) => unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: see above.
type Cell = any;

const list = (cell: string | undefined) => (cell ? cell.split(';') : []);
const nonZero = (counts: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(counts)
      .filter(([, n]) => n !== 0)
      .sort(),
  );
const orUnknown = (column: string) => (row: CsvRow) => row[column] || 'UNKNOWN';

function breakdown(part: string, fact: keyof World, field: string, key: string, unit: string, value: (row: CsvRow) => string | string[] | null): Figure {
  return {
    name: `${part}.${field}`,
    fact,
    select: `${part} { ${field} { ${key} ${unit} } }`,
    read: (cell: Cell) =>
      nonZero(
        Object.fromEntries(
          cell[part][field].map((item: Cell) => [key.includes('{') ? (item[key.split(' ')[0] ?? '']?.id ?? '') : (item[key] ?? ''), item[unit]]),
        ),
      ),
    expect: (rows) => nonZero(count(rows, value)),
  };
}

function single(part: string, fact: keyof World, field: string, expected: (rows: CsvRow[]) => number): Figure {
  return { name: `${part}.${field}`, fact, select: `${part} { ${field} }`, read: (cell: Cell) => cell[part][field], expect: expected };
}

function duration(field: string, from: string, to: string): Figure {
  const minutes = (row: CsvRow) => Math.floor((Date.parse(row[to] ?? '') - Date.parse(row[from] ?? '')) / 60_000);
  return {
    name: `referrals.${field}`,
    fact: 'handovers',
    select: `referrals { ${field} { observations medianMinutes p90Minutes } }`,
    read: (cell: Cell) => cell.referrals[field],
    expect: (rows) => {
      const values = rows.filter((row) => row[from] && row[to]).map(minutes);
      return { observations: values.length, medianMinutes: quantile(values, 0.5), p90Minutes: quantile(values, 0.9) };
    },
  };
}

function ageBand(row: CsvRow): string {
  if (!row['ageAtTrafficking']) return 'UNKNOWN';
  const age = Number(row['ageAtTrafficking']);
  if (age < 11) return 'AGE_0_10';
  if (age < 15) return 'AGE_11_14';
  if (age < 16) return 'AGE_15';
  return age < 18 ? 'AGE_16_17' : 'AGE_18_PLUS';
}

const sent = (rows: CsvRow[]) => rows.filter((row) => row['state'] !== 'DRAFT');
const inStates =
  (...states: string[]) =>
  (rows: CsvRow[]) =>
    rows.filter((row) => states.includes(row['state'] ?? '')).length;

const RATIO = '{ numerator denominator value }';
const TIMES = '{ observations medianMinutes p90Minutes }';

/** Anything that is told of a cell by one path. */
function at(name: string, fact: keyof World, select: string, expected: (rows: CsvRow[]) => unknown): Figure {
  const [part = '', field = ''] = name.split('.');
  return { name, fact, select: `${part} { ${field} ${select} }`, read: (cell: Cell) => cell[part][field], expect: expected };
}

const states = (rows: CsvRow[], ...wanted: string[]) => rows.filter((row) => wanted.includes(row['state'] ?? '')).length;
const ACCEPTED = ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'];
/** The women's union, and the agencies of us50.ts, which are non-governmental. */
const NEED_CONSENT = ['hlhpn', 'polaris', 'fbi-hq', 'state_police', 'shelter.org'];
const decidedAt = (row: CsvRow) => row['acceptedAt'] || row['rejectedAt'];
/** Those that wait now, for longer than three days. */
function overdue(rows: CsvRow[]): number {
  const waiting = rows.filter((row) => ['SENT', 'ACKNOWLEDGED'].includes(row['state'] ?? ''));
  return waiting.filter((row) => Date.parse(row['sentAt'] ?? '') < Date.now() - 3 * 86_400_000).length;
}
const daysOf = (row: CsvRow) => Math.floor(((row['endedAt'] ? Date.parse(row['endedAt']) : Date.now()) - Date.parse(row['startedAt'] ?? '')) / 86_400_000);
/** How many have each number, the lowest number first. */
function byNumber(numbers: number[], field: string) {
  const found = [...new Set(numbers)].sort((a, b) => a - b);
  return found.map((number) => ({ [field]: number, cases: numbers.filter((one) => one === number).length }));
}

function agencyPairs(rows: CsvRow[]) {
  const pairs = rows.flatMap((row) => list(row['sentTo']).flatMap((first, i, all) => all.slice(i + 1).map((second) => `${first} ${second}`)));
  return [...Map.groupBy(pairs, (pair) => pair)]
    .map(([pair, all]) => ({ first: { id: pair.split(' ')[0] }, second: { id: pair.split(' ')[1] }, cases: all.length }))
    .sort((a, b) => b.cases - a.cases || (`${a.first.id}|${a.second.id}` < `${b.first.id}|${b.second.id}` ? -1 : 1));
}

/** Where figures of two ministries meet, and what is counted over the records of one that belong together. */
const TOGETHER: readonly Figure[] = [
  single('referrals', 'casesFromCalls', 'casesFromCalls', (rows) => rows.length),
  at('referrals.acceptanceRate', 'handovers', RATIO, (rows) => ratioOf(states(rows, ...ACCEPTED), states(rows, ...ACCEPTED, 'REJECTED'))),
  at('referrals.rejectionRate', 'handovers', RATIO, (rows) => ratioOf(states(rows, 'REJECTED'), states(rows, ...ACCEPTED, 'REJECTED'))),
  at('referrals.verification', 'handovers', `{ deadlineDays overdue decided decidedLate lateShare ${RATIO} }`, (rows) => {
    const decided = rows.filter((row) => row['sentAt'] && decidedAt(row));
    const late = decided.filter((row) => minutesBetween(row['sentAt'] ?? '', decidedAt(row) ?? '') > 3 * 24 * 60);
    return { deadlineDays: 3, overdue: overdue(rows), decided: decided.length, decidedLate: late.length, lateShare: ratioOf(late.length, decided.length) };
  }),
  at('referrals.callToFirstHandover', 'cases', TIMES, (rows) =>
    times(
      rows
        .filter((row) => row['callReceivedAt'] && row['firstSentAt'])
        .map((row) => minutesBetween(row['callReceivedAt'] ?? '', row['firstSentAt'] ?? ''))
        .filter((minutes) => minutes >= 0),
    ),
  ),
  at('referrals.casesByAgencies', 'cases', '{ agencies cases }', (rows) =>
    byNumber(
      rows.map((row) => list(row['sentTo']).length),
      'agencies',
    ),
  ),
  at('referrals.casesByHandovers', 'cases', '{ handovers cases }', (rows) =>
    byNumber(
      rows.map((row) => Number(row['sent'])),
      'handovers',
    ),
  ),
  at('referrals.handoversPerCase', 'cases', RATIO, (rows) =>
    ratioOf(
      rows.reduce((total, row) => total + Number(row['sent']), 0),
      rows.length,
    ),
  ),
  at('referrals.sharedCases', 'cases', `{ cases share ${RATIO} persons identified }`, (rows) => {
    const shared = rows.filter((row) => list(row['sentTo']).length > 1);
    const total = (column: string) => shared.reduce((sum, row) => sum + Number(row[column]), 0);
    return { cases: shared.length, share: ratioOf(shared.length, rows.length), persons: total('persons'), identified: total('victims') };
  }),
  at('referrals.missingConsent', 'handovers', `{ needed missing share ${RATIO} }`, (rows) => {
    const needed = sent(rows).filter((row) => NEED_CONSENT.includes(row['toAgency'] ?? ''));
    const missing = needed.filter((row) => !['CONSENT', 'GUARDIAN_CONSENT'].includes(row['legalBasis'] ?? ''));
    return { needed: needed.length, missing: missing.length, share: ratioOf(missing.length, needed.length) };
  }),
  at('referrals.agencyPairs', 'cases', '{ first { id } second { id } cases }', agencyPairs),
  single('victims', 'victims', 'supported', (rows) => rows.filter((row) => row['supported'] === 'true').length),
  single('victims', 'victims', 'identifiedSupported', (rows) => rows.filter((row) => row['supported'] === 'true' && row['legalStatus'] === 'VICTIM').length),
  {
    ...at('victims.byPurposeAndDestination', 'victims', '{ purpose destinationCountry domestic persons }', (rows) =>
      nonZero(
        count(rows, (row) => {
          const country = row['destinationCountry'] ?? '';
          return list(row['purposes']).map((purpose) => `${purpose} ${country || null} ${country ? country === 'VN' : null}`);
        }),
      ),
    ),
    read: ({ victims }: Cell) =>
      nonZero(
        Object.fromEntries(victims.byPurposeAndDestination.map((one: Cell) => [`${one.purpose} ${one.destinationCountry} ${one.domestic}`, one.persons])),
      ),
  },
  at('victims.shelterStays', 'supports', '{ limitDays nearDays open near beyond ended endedBeyond }', (rows) => {
    const stays = rows.filter((row) => row['inShelter']?.toLowerCase() === 'true');
    const open = stays.filter((row) => !row['endedAt']).map(daysOf);
    const ended = stays.filter((row) => row['endedAt']).map(daysOf);
    const over = (days: number[]) => days.filter((n) => n > 120).length;
    const near = open.filter((n) => n >= 106 && n <= 120).length;
    return { limitDays: 120, nearDays: 14, open: open.length, near, beyond: over(open), ended: ended.length, endedBeyond: over(ended) };
  }),
  {
    ...at(
      'victims.identifiedCases',
      'victims',
      `{ persons cases withoutCase withoutCall { cases persons } unknown { cases persons } byCallerType { callerType cases persons share ${RATIO} } }`,
      callerTypes,
    ),
    read: ({ victims: { identifiedCases } }: Cell) => ({
      ...identifiedCases,
      byCallerType: identifiedCases.byCallerType
        .filter((one: Cell) => one.cases > 0)
        .sort((a: Cell, b: Cell) => (String(a.callerType) < String(b.callerType) ? -1 : 1)),
    }),
  },
  at(
    'victims.minorCases',
    'victims',
    `{ persons withoutCase referred referredShare ${RATIO} byAgency { agency { id } persons openedToSent ${TIMES} sentToAccepted ${TIMES} } }`,
    minors,
  ),
];

export const FIGURES: readonly Figure[] = [
  ...TOGETHER,
  single('calls', 'calls', 'total', (rows) => rows.length),
  breakdown('calls', 'calls', 'byCategory', 'category', 'total', (row) => row['category'] ?? ''),
  breakdown('calls', 'calls', 'byTopic', 'topic', 'total', (row) => list(row['topics'])),
  breakdown('calls', 'calls', 'byCallerType', 'callerType', 'total', orUnknown('callerType')),
  breakdown('calls', 'calls', 'byCallerSex', 'callerSex', 'total', orUnknown('callerSex')),
  breakdown('calls', 'calls', 'byCallerAgeBand', 'callerAgeBand', 'total', orUnknown('callerAgeBand')),
  breakdown('calls', 'calls', 'byChannel', 'channel', 'total', orUnknown('channel')),
  single('referrals', 'cases', 'cases', (rows) => rows.length),
  breakdown('referrals', 'cases', 'casesByStage', 'stage', 'cases', (row) => row['stage'] ?? ''),
  single('referrals', 'handovers', 'handovers', (rows) => sent(rows).length),
  breakdown('referrals', 'handovers', 'handoversByState', 'state', 'handovers', (row) => row['state'] ?? ''),
  breakdown('referrals', 'handovers', 'handoversByReceivingAgency', 'agency { id }', 'handovers', (row) =>
    row['state'] === 'DRAFT' ? null : (row['toAgency'] ?? ''),
  ),
  breakdown('referrals', 'handovers', 'handoversByRejectionReason', 'rejectionReason', 'handovers', (row) =>
    row['state'] === 'REJECTED' ? (row['rejectionReason'] ?? '') : null,
  ),
  single('referrals', 'handovers', 'accepted', inStates('ACCEPTED', 'IN_PROGRESS', 'COMPLETED')),
  single('referrals', 'handovers', 'rejected', inStates('REJECTED')),
  single('referrals', 'handovers', 'overdue', overdue),
  duration('sentToAcknowledged', 'sentAt', 'acknowledgedAt'),
  duration('acknowledgedToAccepted', 'acknowledgedAt', 'acceptedAt'),
  duration('sentToAccepted', 'sentAt', 'acceptedAt'),
  single('victims', 'victims', 'persons', (rows) => rows.length),
  single('victims', 'victims', 'identified', (rows) => rows.filter((row) => row['legalStatus'] === 'VICTIM').length),
  {
    name: 'victims.bySexAndAgeBand',
    fact: 'victims',
    select: 'victims { bySexAndAgeBand { sex ageBand persons } }',
    read: (cell: Cell) => nonZero(Object.fromEntries(cell.victims.bySexAndAgeBand.map((item: Cell) => [`${item.sex} ${item.ageBand}`, item.persons]))),
    expect: (rows) => nonZero(count(rows, (row) => `${row['sex'] || 'UNKNOWN'} ${ageBand(row)}`)),
  },
  breakdown('victims', 'victims', 'byPurpose', 'purpose', 'persons', (row) => list(row['purposes'])),
  single('victims', 'victims', 'purposeAnswered', (rows) => rows.filter((row) => list(row['purposes']).some((purpose) => purpose !== 'UNKNOWN')).length),
  breakdown('victims', 'victims', 'byLegalStatus', 'legalStatus', 'persons', (row) => row['legalStatus'] ?? ''),
  breakdown('victims', 'victims', 'byEthnicity', 'ethnicity', 'persons', orUnknown('ethnicity')),
  breakdown('victims', 'victims', 'byOriginProvince', 'originProvince { id }', 'persons', (row) => row['originProvince'] || null),
  {
    ...at('victims.byDestination', 'victims', '{ destinationCountry domestic persons }', (rows) =>
      nonZero(count(rows, ({ destinationCountry: country }) => `${country || null} ${country ? country === 'VN' : null}`)),
    ),
    read: ({ victims }: Cell) =>
      nonZero(Object.fromEntries(victims.byDestination.map((one: Cell) => [`${one.destinationCountry} ${one.domestic}`, one.persons]))),
  },
  {
    name: 'victims.supports',
    fact: 'supports',
    select: 'victims { supports { total byType { type total } } }',
    read: (cell: Cell) => ({
      total: cell.victims.supports.total,
      ...nonZero(Object.fromEntries(cell.victims.supports.byType.map((item: Cell) => [item.type, item.total]))),
    }),
    expect: (rows) => ({ total: rows.length, ...nonZero(count(rows, (row) => row['type'] ?? '')) }),
  },
];
