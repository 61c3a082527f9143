/** The demo records as CSV rows, placed where they must count: the input of the independent calculation. */
import { demoCalls } from '#demo/calls.ts';
import { demoCases, demoHandovers } from '#demo/referrals.ts';
import { demoSupports, demoVictims } from '#demo/victims.ts';
import { type CsvRow, dayIn, type Placed } from './tally.ts';

/** Records of all ministries, placed. */
export interface World {
  calls: Placed[];
  cases: Placed[];
  handovers: Placed[];
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
  const cases = [...rows.cases];
  const victims = [...rows.victims];
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
    cases: cases.map((row) => at(row, row['openedAt'], row['province'], row['agency'])),
    handovers: [...rows.handovers].map((row) => at(row, row['sentAt'] || row['createdAt'], caseProvince.get(row['case'] ?? ''), row['toAgency'])),
    victims: victims.map((row) => at(row, row['registeredAt'], row['originProvince'], row['agency'])),
    supports: [...rows.supports].map((row) => at(row, row['startedAt'], victimProvince.get(row['victim'] ?? ''), row['agency'])),
  };
}

/** The demo records. */
export function demoWorld(): World {
  return place({ calls: demoCalls(), cases: demoCases(), handovers: demoHandovers(), victims: demoVictims(), supports: demoSupports() });
}
