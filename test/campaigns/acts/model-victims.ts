import { idFaults, iso, inFuture, type ModelAct, provinceFaults, showsCase, textFaults, tooEarly, twice, type Values, type World } from './world.ts';

const keepsIt = (_: World, record: Values, agency: string) => record['agency'] === agency;

function personForm({ caseId, ageAtTrafficking: age, acts, means, purposes, destinationCountry: country }: Values): string[] {
  return [
    ...(caseId ? idFaults('caseId', caseId, 'case') : []),
    ...(typeof age === 'number' && (age < 0 || age > 120) ? ['INVALID ageAtTrafficking'] : []),
    ...twice('acts', acts),
    ...twice('means', means),
    ...twice('purposes', purposes),
    ...(country && !['VN', 'CN', 'KH'].includes(String(country)) ? ['INVALID destinationCountry'] : []),
  ];
}

/** Who sees a case may put a person to it, and nobody else. */
function caseFaults(input: Values): string[] {
  return input['caseId'] && !showsCase(input) ? ['WRONG_AGENCY casePass'] : [];
}

/** At least one act, one purpose that is known, and one means unless under 18. */
function isIdentifiable(person: Values): boolean {
  const some = (name: string) => (person[name] as string[]).length > 0;
  const under18 = typeof person['ageAtTrafficking'] === 'number' && person['ageAtTrafficking'] < 18;
  return some('acts') && (person['purposes'] as string[]).some((purpose) => purpose !== 'UNKNOWN') && (under18 || some('means'));
}

function statusFaults(status: unknown, person: Values): string[] {
  const age = person['ageAtTrafficking'];
  return [
    ...(status === 'VICTIM' && !isIdentifiable(person) ? ['NOT_IDENTIFIABLE legalStatus'] : []),
    ...(status === 'ACCOMPANYING_MINOR' && typeof age === 'number' && age >= 18 ? ['INVALID ageAtTrafficking'] : []),
  ];
}

const PERSON = {
  ...{ caseId: 'caseId', sex: 'sex', ethnicity: 'ethnicity', ageAtTrafficking: 'ageAtTrafficking', acts: 'acts', means: 'means', purposes: 'purposes' },
  ...{ originProvinceId: 'originProvince', destinationCountry: 'destinationCountry' },
};
const MAY_BE_TAKEN_AWAY = ['caseId', 'ageAtTrafficking', 'originProvinceId', 'destinationCountry'];

/** What was said of the person, by the record's names. */
function said(input: Values): Values {
  const entries = Object.entries(PERSON).filter(([name]) => input[name] !== undefined && (input[name] !== null || MAY_BE_TAKEN_AWAY.includes(name)));
  return Object.fromEntries(entries.map(([name, field]) => [field, input[name]]));
}

/** The acts of the police and the social sector, as they should be. */
export const victims: Readonly<Record<string, ModelAct>> = {
  victimRegister: {
    kind: 'victim',
    changes: false,
    form: (input) => [
      ...personForm(input),
      ...(input['legalStatus'] === 'VICTIM' || input['legalStatus'] === 'NOT_VICTIM' ? ['WRONG_STATE legalStatus'] : []),
      ...(input['legalStatus'] === 'ACCOMPANYING_MINOR' ? statusFaults('ACCOMPANYING_MINOR', input) : []),
    ],
    rest: (world, _, input, { now, id }) => {
      const at = (input['registeredAt'] ?? now) as Date;
      const faults = [...caseFaults(input), ...inFuture('registeredAt', at, now), ...provinceFaults(world, 'originProvinceId', input['originProvinceId'], at)];
      if (faults.length > 0) return faults;
      const { legalStatus, agencyId } = input;
      const nothing = { caseId: null, sex: 'UNKNOWN', ethnicity: 'UNKNOWN', ageAtTrafficking: null, acts: [], means: [], purposes: [] };
      const record = {
        ...{ id, source: 'act', externalId: id, registeredAt: iso(at), identifiedAt: null, legalStatus },
        ...{ ...nothing, originProvince: null, destinationCountry: null, ...said(input), agency: agencyId },
      };
      return { record, at, state: String(legalStatus) };
    },
  },
  victimIdentify: {
    kind: 'victim',
    changes: true,
    form: (input) => [
      ...idFaults('id', input['id'], 'victim'),
      ...personForm(input),
      ...textFaults('reason', input['reason'], input['legalStatus'] === 'VICTIM' ? undefined : 'REASON_REQUIRED'),
    ],
    may: keepsIt,
    rest: (_, person, input, { now }) => {
      if (person === null) return ['NOT_FOUND id'];
      const at = (input['at'] ?? now) as Date;
      const { acts, means, purposes, ageAtTrafficking, legalStatus, reason } = input;
      // A decision adds evidence; it takes nothing away.
      const evidence = Object.entries({ acts, means, purposes, ageAtTrafficking }).filter(([, value]) => value !== null && value !== undefined);
      const after = { ...person, ...Object.fromEntries(evidence) };
      const faults = [...inFuture('at', at, now), ...tooEarly('at', at, person['registeredAt']), ...statusFaults(legalStatus, after)];
      if (faults.length > 0) return faults;
      const again = legalStatus === person['legalStatus'];
      const moved = input['at'] instanceof Date && iso(at) !== person['identifiedAt'];
      if (again && !moved && JSON.stringify(after) === JSON.stringify(person)) return ['NO_CHANGE legalStatus'];
      const unsaid = again ? textFaults('reason', reason, 'REASON_REQUIRED') : [];
      if (unsaid.length > 0) return unsaid;
      const identifiedAt = legalStatus !== 'VICTIM' ? null : again && !input['at'] ? person['identifiedAt'] : iso(at);
      return { record: { ...after, legalStatus, identifiedAt }, at, state: String(legalStatus), reason };
    },
  },
  victimUpdate: {
    kind: 'victim',
    changes: true,
    nullSays: true,
    form: (input) => [...idFaults('id', input['id'], 'victim'), ...personForm(input), ...textFaults('reason', input['reason'])],
    may: keepsIt,
    rest: (world, person, input, { now }) => {
      if (person === null) return ['NOT_FOUND id'];
      const record = { ...person, ...said(input) };
      const status = person['legalStatus'];
      const faults = [
        ...(record['caseId' as keyof typeof record] === person['caseId'] ? [] : caseFaults(input)),
        ...provinceFaults(world, 'originProvinceId', input['originProvinceId'], new Date(String(person['registeredAt']))),
        ...statusFaults(status, record),
        ...(status === 'VICTIM' ? textFaults('reason', input['reason'], 'REASON_REQUIRED') : []),
      ];
      if (faults.length > 0) return faults;
      return JSON.stringify(record) === JSON.stringify(person) ? ['NO_CHANGE id'] : { record, at: now, reason: input['reason'] };
    },
  },
  supportStart: {
    kind: 'support',
    changes: false,
    form: ({ victimId }) => idFaults('victimId', victimId, 'victim'),
    rest: (world, _, input, { now, id }) => {
      const person = world.find('victim', input['victimId']);
      if (person === null) return ['NOT_FOUND victimId'];
      const at = (input['startedAt'] ?? now) as Date;
      // Support is for victims, those who came with them, and those of whom it is not known yet.
      const faults = [...inFuture('startedAt', at, now), ...(person['legalStatus'] === 'NOT_VICTIM' ? ['WRONG_STATE victimId'] : [])];
      if (faults.length > 0) return faults;
      const { type, inShelter, agencyId } = input;
      const record = { id, source: 'act', externalId: id, victimId: person['id'], type, startedAt: iso(at), endedAt: null, inShelter, agency: agencyId };
      return { record, at };
    },
  },
  supportEnd: {
    kind: 'support',
    changes: true,
    form: ({ id }) => idFaults('id', id, 'support'),
    may: keepsIt,
    rest: (_, support, input, { now }) => {
      if (support === null) return ['NOT_FOUND id'];
      if (support['endedAt'] !== null) return ['WRONG_STATE id'];
      const at = (input['endedAt'] ?? now) as Date;
      const faults = [...inFuture('endedAt', at, now), ...tooEarly('endedAt', at, support['startedAt'])];
      return faults.length > 0 ? faults : { record: { ...support, endedAt: iso(at) }, at };
    },
  },
};
