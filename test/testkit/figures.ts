/** Every figure of the statistics: how a client asks for it, and how it is counted from the rows by plain loops. */
import { type CsvRow, count, quantile } from './tally.ts';
import type { World } from './records.ts';

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

export const FIGURES: readonly Figure[] = [
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
  {
    ...single('referrals', 'handovers', 'overdue', () => 0),
    expect: (rows) =>
      rows.filter((row) => ['SENT', 'ACKNOWLEDGED'].includes(row['state'] ?? '') && Date.parse(row['sentAt'] ?? '') < Date.now() - 3 * 86_400_000).length,
  },
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
  breakdown('victims', 'victims', 'byDestination', 'destinationCountry', 'persons', (row) => row['destinationCountry'] ?? ''),
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
