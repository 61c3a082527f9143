/** The independent calculation of what crosses sealed: the cases of identified victims and of minors, see figures.ts. */
import { type CsvRow, quantile } from './tally.ts';

export const ratioOf = (numerator: number, denominator: number) => ({ numerator, denominator, value: denominator === 0 ? null : numerator / denominator });
export const minutesBetween = (from: string, to: string) => Math.floor((Date.parse(to) - Date.parse(from)) / 60_000);
export const times = (values: number[]) => ({ observations: values.length, medianMinutes: quantile(values, 0.5), p90Minutes: quantile(values, 0.9) });
const isMinor = (row: CsvRow) => row['legalStatus'] === 'ACCOMPANYING_MINOR' || (row['ageAtTrafficking'] !== '' && Number(row['ageAtTrafficking']) < 18);
const cases = (rows: CsvRow[]) => new Set(rows.map((row) => row['case'])).size;

const casesWithPersons = (rows: CsvRow[]) => ({ cases: cases(rows), persons: rows.length });

/** Whose calls led to the persons; they are victims with a case that is known and came from a call. */
export function callerTypes(rows: CsvRow[]) {
  const victims = rows.filter((row) => row['legalStatus'] === 'VICTIM');
  const called = victims.filter((row) => row['case'] && row['caseCall']);
  return {
    persons: victims.filter((row) => row['case']).length,
    cases: cases(victims.filter((row) => row['case'])),
    withoutCase: victims.filter((row) => !row['case']).length,
    withoutCall: casesWithPersons(victims.filter((row) => row['caseKnown'] === 'true' && !row['caseCall'])),
    unknown: casesWithPersons(victims.filter((row) => row['case'] && row['caseKnown'] !== 'true')),
    byCallerType: [...new Set(called.map((row) => row['caseCallerType'] || null))]
      .map((callerType) => {
        const own = called.filter((row) => (row['caseCallerType'] || null) === callerType);
        return { callerType, cases: cases(own), persons: own.length, share: ratioOf(cases(own), cases(called)) };
      })
      .sort((a, b) => (String(a.callerType) < String(b.callerType) ? -1 : 1)),
  };
}

/** To whom the cases of minors were sent; a person counts once with each agency, by the earliest handover to it. */
export function minors(rows: CsvRow[]) {
  const persons = rows.filter((row) => isMinor(row) && row['case']).map((row) => ({ row, sent: JSON.parse(row['caseSent'] ?? '[]') as CsvRow[] }));
  const referred = persons.filter(({ sent: all }) => all.length > 0);
  const agencies = [...new Set(referred.flatMap(({ sent: all }) => all.map((handover) => handover['toAgency'] ?? '')))];
  const byAgency = agencies.map((id) => {
    const firsts = referred.flatMap((person) => {
      const own = person.sent.filter((handover) => handover['toAgency'] === id).sort((a, b) => Date.parse(a['sentAt'] ?? '') - Date.parse(b['sentAt'] ?? ''));
      return own[0] ? [{ opened: person.row['caseOpenedAt'] ?? '', handover: own[0] }] : [];
    });
    const opened = firsts.map(({ opened: from, handover }) => minutesBetween(from, handover['sentAt'] ?? '')).filter((minutes) => minutes >= 0);
    const accepted = firsts.filter(({ handover }) => handover['acceptedAt']);
    return {
      agency: { id },
      persons: firsts.length,
      openedToSent: times(opened),
      sentToAccepted: times(accepted.map(({ handover }) => minutesBetween(handover['sentAt'] ?? '', handover['acceptedAt'] ?? ''))),
    };
  });
  return {
    persons: persons.length,
    withoutCase: rows.filter((row) => isMinor(row) && !row['case']).length,
    referred: referred.length,
    referredShare: ratioOf(referred.length, persons.length),
    byAgency: byAgency.sort((a, b) => b.persons - a.persons || (a.agency.id < b.agency.id ? -1 : 1)),
  };
}
