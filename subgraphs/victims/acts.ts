import { isCasePass } from '#schema/case-pass.ts';
import { type Act, type ActInput, type Admission, inserting, lockRecord, type Records, updating, type UserError, userError } from '#shared/acts/act.ts';
import { changesBetween } from '#shared/acts/changes.ts';
import { checkId, checkNotBefore, checkOnce, checkPast, checkText } from '#shared/acts/checks.ts';
import { checkProvince } from '#shared/acts/dimensions.ts';
import { noChange, notThere, permitKeeper, wrongState } from '#shared/acts/refusals.ts';
import { addPass, type Reach } from '#shared/reach.ts';
import { isCountry } from '#shared/import/columns.ts';
import type { Sql } from '#shared/database.ts';
import type { Row } from '#shared/records.ts';
import { SUPPORT_LIST, VICTIM_FIELDS, VICTIM_LIST } from './loaders.ts';
import { maySupport, minorIsUnder18, missingForIdentification } from './rules.ts';

const VICTIMS: Records = { ...VICTIM_LIST, kind: 'victim' };
const SUPPORTS: Records = { ...SUPPORT_LIST, kind: 'support' };

/** The highest age, as in imports; in years. */
const MAX_AGE = 120;

/** The right to see a case: its pass, as the coordinating desk gave it. */
interface CasePassInput {
  readonly caseId?: string | null;
  readonly casePass?: string | null;
}

/** What may be recorded of a person. */
interface PersonInput extends CasePassInput {
  readonly sex?: string | null;
  readonly ethnicity?: string | null;
  readonly ageAtTrafficking?: number | null;
  readonly acts?: readonly string[] | null;
  readonly means?: readonly string[] | null;
  readonly purposes?: readonly string[] | null;
  readonly originProvinceId?: string | null;
  readonly destinationCountry?: string | null;
}

interface VictimRegisterInput extends ActInput, PersonInput {
  readonly registeredAt?: Date | null;
  readonly legalStatus: string;
}

const victimRegister: Act<VictimRegisterInput> = {
  on: VICTIMS,
  proofs: ['casePass'],
  admit: admitToCase,
  check: (input) => [
    ...checkPerson(input),
    ...(['IN_IDENTIFICATION', 'ACCOMPANYING_MINOR'].includes(input.legalStatus)
      ? []
      : [
          userError(
            'WRONG_STATE',
            'legalStatus',
            'Quyết định bằng victimIdentify.',
            'Expected IN_IDENTIFICATION or ACCOMPANYING_MINOR; the others are decided by victimIdentify.',
          ),
        ]),
    ...checkMinor(input.legalStatus, input.ageAtTrafficking ?? null),
  ],
  decide: async (_, { registeredAt, legalStatus, ...input }, { sql, now, agency, reach, newId }) => {
    const at = registeredAt ?? now;
    const faults = [
      ...checkShown(reach, input.caseId),
      ...checkPast('registeredAt', at, now),
      ...(await checkProvince(sql, 'originProvinceId', input.originProvinceId, at)),
    ];
    if (faults.length > 0) return faults;
    const id = newId('victim');
    const unsaid = { caseId: null, sex: 'UNKNOWN', ethnicity: 'UNKNOWN', ageAtTrafficking: null, acts: [], means: [], purposes: [], originProvince: null };
    const values = { ...unsaid, destinationCountry: null, ...recorded(input), registeredAt: at, identifiedAt: null, legalStatus, agency };
    return { write: inserting(VICTIMS, { id, source: 'act', externalId: id, ...values }), at, state: legalStatus };
  },
};

interface VictimIdentifyInput extends ActInput, Pick<PersonInput, 'acts' | 'means' | 'purposes' | 'ageAtTrafficking'> {
  readonly id: string;
  readonly legalStatus: string;
  readonly reason?: string | null;
  readonly at?: Date | null;
}

const victimIdentify: Act<VictimIdentifyInput> = {
  on: VICTIMS,
  check: ({ id, legalStatus, reason, ...input }) => [
    ...checkId('id', id, 'victim'),
    ...checkPerson(input),
    ...checkText('reason', reason, legalStatus === 'VICTIM' ? {} : { required: 'REASON_REQUIRED' }),
  ],
  id: ({ id }) => id,
  permit: permitKeeper,
  decide: (person, { legalStatus, reason, at: given, ...input }, { now }) => {
    if (person === null) return [notThere('id', 'victim')];
    const at = given ?? now;
    const { acts, means, purposes, ageAtTrafficking } = input;
    const after = { ...person, ...said({ acts, means, purposes, ageAtTrafficking }) };
    const faults = [
      ...checkPast('at', at, now),
      ...checkNotBefore('at', at, person['registeredAt'] as Date, 'registeredAt'),
      ...checkIdentifiable(legalStatus, after),
      ...checkMinor(legalStatus, after['ageAtTrafficking'] as number | null),
    ];
    if (faults.length > 0) return faults;
    const evidence = { acts: after['acts'], means: after['means'], purposes: after['purposes'], ageAtTrafficking: after['ageAtTrafficking'] };
    if (legalStatus === person['legalStatus']) {
      // Deciding the same again is a correction, and neither a new decision nor a way round the reason for one.
      const differs = given ? Number(given) !== Number(person['identifiedAt']) : false;
      if (!differs && changesBetween(person, after, VICTIM_FIELDS).length === 0) return [noChange('legalStatus')];
      const unsaid = checkText('reason', reason, { required: 'REASON_REQUIRED' });
      if (unsaid.length > 0) return unsaid;
    }
    const identifiedAt = legalStatus !== 'VICTIM' ? null : given || person['legalStatus'] !== 'VICTIM' ? at : person['identifiedAt'];
    const write = updating(VICTIMS, person['id'], { ...evidence, legalStatus, identifiedAt });
    return { write, at, state: legalStatus, reason };
  },
};

interface VictimUpdateInput extends ActInput, PersonInput {
  readonly id: string;
  readonly reason?: string | null;
}

const victimUpdate: Act<VictimUpdateInput> = {
  on: VICTIMS,
  proofs: ['casePass'],
  admit: admitToCase,
  nullSays: true,
  check: ({ id, reason, ...input }) => [...checkId('id', id, 'victim'), ...checkPerson(input), ...checkText('reason', reason)],
  id: ({ id }) => id,
  permit: permitKeeper,
  decide: async (person, { id: _, reason, ...input }, { sql, now, reach }) => {
    if (person === null) return [notThere('id', 'victim')];
    const changes = recorded(input);
    const after = { ...person, ...changes };
    const status = String(person['legalStatus']);
    const faults = [
      ...(after['caseId'] === person['caseId'] ? [] : checkShown(reach, input.caseId)),
      ...(await checkProvince(sql, 'originProvinceId', input.originProvinceId, person['registeredAt'] as Date)),
      // What was decided must still hold; what was imported may never have held, and is no reason to refuse another correction.
      ...(checkIdentifiable(status, person).length === 0 ? checkIdentifiable(status, after) : []),
      ...checkMinor(status, after['ageAtTrafficking'] as number | null),
      ...(status === 'VICTIM' ? checkText('reason', reason, { required: 'REASON_REQUIRED' }) : []),
    ];
    if (faults.length > 0) return faults;
    const differs = Object.keys(changes).some((name) => JSON.stringify(after[name]) !== JSON.stringify(person[name]));
    return differs ? { write: updating(VICTIMS, person['id'], changes), at: now, reason } : [noChange('id')];
  },
};

interface SupportStartInput extends ActInput, CasePassInput {
  readonly victimId: string;
  readonly type: string;
  readonly startedAt?: Date | null;
  readonly inShelter: boolean;
}

const supportStart: Act<SupportStartInput> = {
  on: SUPPORTS,
  check: ({ victimId, caseId }) => [...checkId('victimId', victimId, 'victim'), ...checkId('caseId', caseId, 'case', { required: false })],
  proofs: ['caseId', 'casePass'],
  admit: admitToCase,
  decide: async (_, { victimId, type, startedAt, inShelter }, acting) => {
    const { sql, now, agency, newId } = acting;
    // Whom the agency sees, it may support: those it registered, and those of a case whose pass it shows.
    const person = await lockRecord(VICTIMS, victimId, acting, 'NO KEY UPDATE');
    if (person === null) return [notThere('victimId', 'victim')];
    const at = startedAt ?? now;
    const faults = [...checkPast('startedAt', at, now), ...(await checkSupport(sql, String(person['legalStatus']), type))];
    if (faults.length > 0) return faults;
    const id = newId('support');
    const write = inserting(SUPPORTS, { id, source: 'act', externalId: id, victimId, type, startedAt: at, endedAt: null, inShelter, agency });
    return { write, at };
  },
};

interface SupportEndInput extends ActInput {
  readonly id: string;
  readonly endedAt?: Date | null;
}

const supportEnd: Act<SupportEndInput> = {
  on: SUPPORTS,
  check: ({ id }) => checkId('id', id, 'support'),
  id: ({ id }) => id,
  permit: permitKeeper,
  decide: (support, { endedAt }, { now }) => {
    if (support === null) return [notThere('id', 'support')];
    if (support['endedAt'] !== null) return [wrongState('id', 'support that has not ended', 'one that has')];
    const at = endedAt ?? now;
    const faults = [...checkPast('endedAt', at, now), ...checkNotBefore('endedAt', at, support['startedAt'] as Date, 'startedAt')];
    return faults.length > 0 ? faults : { write: updating(SUPPORTS, support['id'], { endedAt: at }), at };
  },
};

/** The acts of the police and the social sector. */
export const acts: Readonly<Record<string, Act>> = { victimRegister, victimIdentify, victimUpdate, supportStart, supportEnd };

/** A pass that is shown must be good; what it is for is then seen. */
function admitToCase({ caseId, casePass }: CasePassInput, { caller: { agency }, reach, passKey }: Admission): UserError[] {
  if (!casePass) return [];
  if (!caseId || agency === null || !isCasePass(passKey, agency, caseId, casePass)) return [passRequired()];
  addPass(reach, caseId);
  return [];
}

/** A person is put to a case by whoever sees the case. */
function checkShown({ passes }: Reach, caseId: string | null | undefined): UserError[] {
  return !caseId || passes.includes(caseId.toLowerCase()) ? [] : [passRequired()];
}

function passRequired(): UserError {
  const vi = 'Cần mã truy cập hồ sơ (ReferralCase.pass) còn hiệu lực, cấp cho cơ quan này.';
  return userError('WRONG_AGENCY', 'casePass', vi, 'Expected the pass of the case caseId (ReferralCase.pass), given to this agency within the last minute.');
}

/** What was said of a person, by the names of the record's fields; what was not said is left out. */
function recorded({ originProvinceId, ...input }: PersonInput): Row {
  const { caseId, sex, ethnicity, ageAtTrafficking, acts, means, purposes, destinationCountry } = input;
  // What must have a value cannot be taken away: null there says nothing.
  const required = said({ sex, ethnicity, acts, means, purposes });
  const missing = { caseId, ageAtTrafficking, originProvince: originProvinceId, destinationCountry };
  return { ...required, ...Object.fromEntries(Object.entries(missing).filter(([, value]) => value !== undefined)) };
}

function said(values: Row): Row {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}

function checkPerson({ caseId, ageAtTrafficking: age, acts, means, purposes, destinationCountry }: PersonInput): UserError[] {
  return [
    ...checkId('caseId', caseId, 'case', { required: false }),
    ...(typeof age === 'number' && (age < 0 || age > MAX_AGE)
      ? [userError('INVALID', 'ageAtTrafficking', `Tuổi từ 0 đến ${MAX_AGE}.`, `Expected 0 to ${MAX_AGE} years, got ${age}.`)]
      : []),
    ...checkOnce('acts', acts),
    ...checkOnce('means', means),
    ...checkOnce('purposes', purposes),
    ...(destinationCountry && !isCountry(destinationCountry)
      ? [
          userError(
            'INVALID',
            'destinationCountry',
            'Mã nước gồm hai chữ cái (ISO 3166-1).',
            'Expected the two capital letters of a country (ISO 3166-1), such as VN.',
          ),
        ]
      : []),
  ];
}

function checkIdentifiable(legalStatus: string, person: Row): UserError[] {
  if (legalStatus !== 'VICTIM') return [];
  const { acts, means, purposes, ageAtTrafficking: age } = person as { acts: string[]; means: string[]; purposes: string[]; ageAtTrafficking: number | null };
  // A purpose that is not known is none that was found.
  const known = purposes.filter((purpose) => purpose !== 'UNKNOWN');
  const missing = missingForIdentification({ acts: acts.length, means: means.length, purposes: known.length, age });
  if (missing.length === 0) return [];
  const vi = 'Cần ít nhất một hành vi, một mục đích và một thủ đoạn (người dưới 18 tuổi không cần thủ đoạn).';
  return [userError('NOT_IDENTIFIABLE', 'legalStatus', vi, `Expected ${missing.join(' and ')} (Law 53/2024/QH15, Art. 2).`)];
}

async function checkSupport(sql: Sql, legalStatus: string, type: string): Promise<UserError[]> {
  const rule = await sql.query<{ legalStatus: string; supportType: string }>(
    'SELECT legal_status AS "legalStatus", support_type AS "supportType" FROM support_rule',
  );
  if (maySupport(rule, legalStatus, type)) return [];
  const vi = `Người này (${legalStatus}) không thuộc diện được hỗ trợ loại này.`;
  return [userError('WRONG_STATE', 'victimId', vi, `Expected a person who may be given ${type}; one who is ${legalStatus} may not.`)];
}

function checkMinor(legalStatus: string, age: number | null): UserError[] {
  const expected = minorIsUnder18({ legal_status: legalStatus, age_at_trafficking: age === null ? null : String(age) });
  return expected === undefined ? [] : [userError('INVALID', 'ageAtTrafficking', 'Người đi cùng phải dưới 18 tuổi.', `Expected ${expected}.`)];
}
