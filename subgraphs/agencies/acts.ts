import { isDimensionId } from '#schema/statistics-cell.ts';
import { type Act, type ActInput, inserting, type Records, updating, type UserError, userError } from '#shared/acts/act.ts';
import { changesBetween } from '#shared/acts/changes.ts';
import { checkOnce, checkText } from '#shared/acts/checks.ts';
import { checkAgency } from '#shared/acts/dimensions.ts';
import { noChange, notThere } from '#shared/acts/refusals.ts';
import type { Sql } from '#shared/database.ts';
import type { Row } from '#shared/records.ts';
import { seenByAll } from '#shared/visibility.ts';
import { PLAN_FIELDS, readAgency, VERSION_FIELDS } from './loaders.ts';
import { type AgencyVersion, fitVersion } from './rules.ts';

const AGENCIES: Records = { kind: 'agency', table: 'agency', fields: ['id', 'version'], visible: seenByAll };
const PLANS: Records = {
  kind: 'plan',
  table: 'coordination_plan',
  fields: PLAN_FIELDS,
  // As text: a driver would make moments of days.
  select: 'id, name_vi AS "nameVi", name_en AS "nameEn", valid_from::text AS "validFrom", valid_to::text AS "validTo", members, version',
  visible: seenByAll,
};

/** The first day of the calendar. */
const FIRST_DAY = '0001-01-01';

/** Longest name, as in imports. */
const MAX_NAME = 200;

interface AgencyUpsertInput extends ActInput {
  readonly id: string;
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
  readonly type: string;
  readonly nameVi: string;
  readonly nameEn: string;
  readonly parentVi?: string | null;
  readonly parentEn?: string | null;
}

const agencyUpsert: Act<AgencyUpsertInput> = {
  on: AGENCIES,
  check: ({ id, validFrom, validTo, nameVi, nameEn, parentVi, parentEn }) => [
    ...checkName(id),
    ...checkDays(validFrom, validTo),
    ...checkText('nameVi', nameVi, { required: 'REQUIRED', max: MAX_NAME }),
    ...checkText('nameEn', nameEn, { required: 'REQUIRED', max: MAX_NAME }),
    ...checkText('parentVi', parentVi, { max: MAX_NAME }),
    ...checkText('parentEn', parentEn, { max: MAX_NAME }),
  ],
  id: ({ id }) => id,
  lockFirst: lockName,
  decide: async (agency, { ifVersion, id, validFrom = null, validTo = null, type, nameVi, nameEn, parentVi = null, parentEn = null }, { sql, now }) => {
    // Whoever has seen a version has seen what there was: a name that is not there is a slip.
    if (agency === null && typeof ifVersion === 'number') return [notThere('id', 'agency')];
    const before = agency === null ? null : await readAgency(sql, id);
    const version: AgencyVersion = { validFrom, validTo, type, nameVi, nameEn, parentVi, parentEn };
    const fitted = fitVersion((before?.versions ?? []) as unknown as readonly AgencyVersion[], version);
    if ('overlaps' in fitted) {
      const other = `${fitted.overlaps.validFrom ?? '…'} – ${fitted.overlaps.validTo ?? '…'}`;
      return [userError('INVALID', 'validFrom', `Trùng thời gian với phiên bản ${other}.`, `Expected days that no other version has; ${other} is one.`)];
    }
    const replaced = (before?.versions ?? []).find((own) => own['validFrom'] === validFrom) ?? null;
    const changes = changesBetween(replaced, version as unknown as Row, VERSION_FIELDS);
    if (changes.length === 0) return [noChange('id')];
    const write = async (writing: Sql) => {
      if (fitted.ends !== null) {
        await writing.query(`UPDATE agency_version SET valid_to = $3 WHERE agency_id = $1 AND valid_from = coalesce($2::date, '-infinity')`, [
          id,
          fitted.ends.validFrom,
          fitted.ends.validTo,
        ]);
      }
      await writeVersion(writing, id, version);
      const written = await readAgency(writing, id);
      if (written === null) throw new Error('expected the agency that was written');
      return written as unknown as Row;
    };
    // Which version it is about, and what became of the one before.
    const which = { field: 'versionFrom', from: null, to: validFrom };
    const ended = fitted.ends === null ? [] : [{ field: 'validTo of the version before', from: null, to: fitted.ends.validTo }];
    return { write, at: now, changes: [which, ...changes, ...ended] };
  },
};

interface PlanUpsertInput extends ActInput {
  readonly id: string;
  readonly nameVi: string;
  readonly nameEn: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly memberIds: readonly string[];
}

const planUpsert: Act<PlanUpsertInput> = {
  on: PLANS,
  check: ({ id, nameVi, nameEn, validFrom, validTo, memberIds }) => [
    ...checkName(id),
    ...checkText('nameVi', nameVi, { required: 'REQUIRED', max: MAX_NAME }),
    ...checkText('nameEn', nameEn, { required: 'REQUIRED', max: MAX_NAME }),
    ...checkDays(validFrom, validTo),
    ...(memberIds.length > 0
      ? checkOnce('memberIds', memberIds)
      : [userError('REQUIRED', 'memberIds', 'Cần ít nhất một cơ quan.', 'Expected at least one agency.')]),
  ],
  id: ({ id }) => id,
  lockFirst: lockName,
  decide: async (plan, { ifVersion, id, nameVi, nameEn, validFrom, validTo, memberIds: members }, { sql, now }) => {
    if (plan === null && typeof ifVersion === 'number') return [notThere('id', 'plan')];
    for (const member of members) {
      const unknown = await checkAgency(sql, 'memberIds', member);
      if (unknown.length > 0) return unknown;
    }
    const values = { nameVi, nameEn, validFrom, validTo, members };
    if (plan === null) return { write: inserting(PLANS, { id, ...values }), at: now };
    if (changesBetween(plan, { ...plan, ...values }, PLAN_FIELDS).length === 0) {
      return [noChange('id')];
    }
    return { write: updating(PLANS, id, values), at: now };
  },
};

/** The acts of the plan's secretariat. */
export const acts: Readonly<Record<string, Act>> = { agencyUpsert, planUpsert };

/** Writes a version of an agency, the agency as a whole, and what the lists of agencies know of it. */
async function writeVersion(sql: Sql, id: string, { validFrom, validTo, type, nameVi, nameEn, parentVi, parentEn }: AgencyVersion): Promise<void> {
  await sql.query(
    `INSERT INTO agency_version (agency_id, valid_from, valid_to, type, name_vi, name_en, parent_vi, parent_en)
     VALUES ($1, coalesce($2::date, '-infinity'), $3, $4, $5, $6, $7, $8) ON CONFLICT (agency_id, valid_from) DO UPDATE SET
     valid_to = excluded.valid_to, type = excluded.type, name_vi = excluded.name_vi, name_en = excluded.name_en,
     parent_vi = excluded.parent_vi, parent_en = excluded.parent_en`,
    [id, validFrom, validTo, type, nameVi, nameEn, parentVi, parentEn],
  );
  await sql.query('INSERT INTO agency AS a (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET version = a.version + 1', [id]);
  await sql.query(
    `INSERT INTO reference (kind, id, type) SELECT 'agency', agency_id, type FROM agency_version WHERE agency_id = $1 ORDER BY valid_from <= current_date DESC, valid_from DESC LIMIT 1
     ON CONFLICT (kind, id) DO UPDATE SET type = excluded.type`,
    [id],
  );
}

/** What is not there yet cannot be locked: two who make it at once wait for each other by its name. */
function lockName(sql: Sql, id: string) {
  return sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
}

function checkName(id: string): UserError[] {
  if (isDimensionId(id)) return [];
  const vi = 'Mã gồm chữ, số và . _ - :, tối đa 64 ký tự.';
  return [userError('INVALID', 'id', vi, 'Expected an id: at most 64 letters, digits and . _ - :, beginning with a letter or digit.')];
}

function checkDays(from: string | null | undefined, to: string | null | undefined): UserError[] {
  // The version before may have to end the day before.
  if (from && from <= FIRST_DAY) return [userError('INVALID', 'validFrom', `Ngày phải sau ${FIRST_DAY}.`, `Expected a day after ${FIRST_DAY}.`)];
  if (!from || !to || to >= from) return [];
  return [userError('OUT_OF_ORDER', 'validTo', 'Ngày cuối phải không trước ngày đầu.', `Expected a day not before validFrom (${from}), got ${to}.`)];
}
