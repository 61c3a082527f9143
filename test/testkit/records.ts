/** The demo records as CSV rows, placed where they must count: the input of the independent calculation. */
import { demoCalls } from '#demo/calls.ts';
import { demoCases, demoHandovers } from '#demo/referrals.ts';
import { demoSupports, demoVictims } from '#demo/victims.ts';
import { type CsvRow, dayIn, type Placed } from './tally.ts';

/** Records of all ministries, placed. */
export interface World {
  calls: Placed[];
  /** With what their handovers say: `firstSentAt`, `sentTo` (each agency once), `sent`; and with how many `persons` and `victims` they have. */
  cases: Placed[];
  /** Those that came from a call, where and when they are held against the calls. */
  casesFromCalls: Placed[];
  handovers: Placed[];
  /** With `supported`, and with what is known of their case: `caseKnown`, `caseCall`, `caseCallerType`, `caseOpenedAt`, `caseSent` (JSON: its handovers sent). */
  victims: Placed[];
  supports: Placed[];
}

/** Places rows by day, province and agency as `schema/README.md` says they count. */
export function place(rows: {
  calls: Iterable<CsvRow>;
  cases: Iterable<CsvRow>;
  handovers: Iterable<CsvRow>;
  victims: Iterable<CsvRow>;
  supports: Iterable<CsvRow>;
}): World {
  const handovers = [...rows.handovers];
  const supports = [...rows.supports];
  const sentOf = Map.groupBy(
    handovers.filter((row) => row['state'] !== 'DRAFT'),
    (row) => row['case'] ?? '',
  );
  const supported = new Set(supports.map((row) => row['victim']));
  const persons = [...rows.victims];
  const personsOf = Map.groupBy(persons, (row) => row['case'] ?? '');
  const cases = [...rows.cases].map((row): CsvRow => {
    const sent = sentOf.get(row['externalId'] ?? '') ?? [];
    const [first] = sent.toSorted((a, b) => Date.parse(a['sentAt'] ?? '') - Date.parse(b['sentAt'] ?? ''));
    const own = personsOf.get(row['externalId'] ?? '') ?? [];
    return {
      ...row,
      persons: String(own.length),
      victims: String(own.filter((person) => person['legalStatus'] === 'VICTIM').length),
      firstSentAt: first?.['sentAt'] ?? '',
      sentTo: [...new Set(sent.map((one) => one['toAgency']))].sort().join(';'),
      sent: String(sent.length),
    };
  });
  const caseOf = new Map(cases.map((row) => [row['externalId'], row]));
  const victims = persons.map((row): CsvRow => {
    const own = caseOf.get(row['case'] ?? '');
    return {
      ...row,
      supported: String(supported.has(row['externalId'])),
      caseKnown: String(own !== undefined),
      caseCall: own?.['call'] ?? '',
      caseCallerType: own?.['callerType'] ?? '',
      caseOpenedAt: own?.['openedAt'] ?? '',
      caseSent: JSON.stringify(sentOf.get(row['case'] ?? '') ?? []),
    };
  });
  const caseProvince = new Map(cases.map((row) => [row['externalId'], row['province'] ?? '']));
  const victimProvince = new Map(victims.map((row) => [row['externalId'], row['originProvince'] ?? '']));
  const at = (row: CsvRow, day: string | undefined, province: string | undefined, agency: string | undefined): Placed => ({
    day: dayIn(day ?? ''),
    province: province ?? '',
    agency: agency ?? '',
    row,
  });
  return {
    calls: [...rows.calls].map((row) => at(row, row['receivedAt'], row['province'], row['agency'])),
    casesFromCalls: cases.filter((row) => row['call']).map((row) => at(row, row['callReceivedAt'] || row['openedAt'], row['province'], row['agency'])),
    cases: cases.map((row) => at(row, row['openedAt'], row['province'], row['agency'])),
    handovers: handovers.map((row) => at(row, row['sentAt'] || row['createdAt'], caseProvince.get(row['case'] ?? ''), row['toAgency'])),
    victims: victims.map((row) => at(row, row['registeredAt'], row['originProvince'], row['agency'])),
    supports: supports.map((row) => at(row, row['startedAt'], victimProvince.get(row['victim'] ?? ''), row['agency'])),
  };
}

/** The demo records. */
export function demoWorld(): World {
  return place({ calls: demoCalls(), cases: demoCases(), handovers: demoHandovers(), victims: demoVictims(), supports: demoSupports() });
}
