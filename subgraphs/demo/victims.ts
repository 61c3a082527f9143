/** Persons and support as the victims subgraph imports them. */
import { type AgencyId, HOTLINE } from './agencies.ts';
import { type CaseFile, caseFiles } from './case-files.ts';
import type { Row } from './csv.ts';
import { handoversOf } from './handovers.ts';
import { type Person, personsOf } from './persons.ts';
import { Random } from './random.ts';
import { externalId, SOURCE } from './records.ts';
import { type Support, supportsOf } from './supports.ts';
import { dayOfMinute, minuteCell, minuteText } from './time.ts';

/** Rows of the `victims` import. */
export function* demoVictims(): Generator<Row> {
  for (const { id, file, person, agenciesAt } of numberedPersons()) yield victimRow(id, file, person, registrar(person, agenciesAt));
}

/** Rows of the `supports` import. */
export function* demoSupports(): Generator<Row> {
  let number = 0;
  for (const { id, file, person, agenciesAt } of numberedPersons()) {
    for (const support of supportsOf(file, person, agenciesAt)) yield supportRow(externalId('S', ++number), id, support);
  }
}

function* numberedPersons() {
  let number = 0;
  for (const file of caseFiles()) {
    const agenciesAt = agenciesOf(file);
    for (const person of personsOf(file)) yield { id: externalId('V', ++number), file, person, agenciesAt };
  }
}

/** The agencies that have the case at a minute: the hotline, and those that have accepted a handover, each once. */
function agenciesOf(file: CaseFile): (minute: number) => AgencyId[] {
  const handovers = handoversOf(file);
  return (minute) => {
    const accepted = handovers.filter(({ at }) => at.ACCEPTED !== undefined && at.ACCEPTED <= minute && (at.REVOKED ?? minute) >= minute);
    return [...new Set<AgencyId>([HOTLINE, ...accepted.map(({ to }) => to)])];
  };
}

/** The hotline registers those whom its caller tells of; police and border guard, once they have the case, whom they find. */
function registrar({ key, registeredAt }: Person, agenciesAt: (minute: number) => AgencyId[]): AgencyId {
  const weights: Readonly<Record<AgencyId, number>> = { 'cuc-tre-em': 1, c02: 9, 'pcmt-bdbp': 7, hlhpn: 0.5 };
  return new Random(`registrar/${key}`).choose(agenciesAt(registeredAt).map((agency) => [agency, weights[agency]] as const));
}

function victimRow(id: string, file: CaseFile, person: Person, agency: AgencyId): Row {
  return {
    source: SOURCE,
    externalId: id,
    case: file.id,
    registeredAt: minuteText(person.registeredAt),
    identifiedAt: minuteCell(person.identifiedAt),
    legalStatus: person.legalStatus,
    sex: person.sex,
    ethnicity: person.ethnicity,
    ageAtTrafficking: person.age === null ? '' : String(person.age),
    acts: person.acts.join(';'),
    means: person.means.join(';'),
    purposes: person.purposes.join(';'),
    originProvince: person.origin.idOn(dayOfMinute(person.registeredAt)),
    destinationCountry: person.destination,
    agency,
  };
}

function supportRow(id: string, victim: string, { type, startedAt, endedAt, inShelter, agency }: Support): Row {
  return {
    source: SOURCE,
    externalId: id,
    victim,
    type,
    startedAt: minuteText(startedAt),
    endedAt: minuteCell(endedAt),
    inShelter: String(inShelter),
    agency,
  };
}
