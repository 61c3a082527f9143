import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { anyOf, changeTriggers, closedBreakdowns, dayOf, inherited, oneOf, openBreakdowns, ROLLUP_TABLES } from '#shared/rollup.ts';

const VICTIM = { fact: 'victim', day: dayOf('r.registered_at'), province: "coalesce(r.origin_province, '')", agency: "coalesce(r.agency, '')" };

const AGE_BANDS = {
  AGE_0_10: 'r.age_at_trafficking <= 10',
  AGE_11_14: 'r.age_at_trafficking BETWEEN 11 AND 14',
  AGE_15: 'r.age_at_trafficking = 15',
  AGE_16_17: 'r.age_at_trafficking BETWEEN 16 AND 17',
  AGE_18_PLUS: 'r.age_at_trafficking >= 18',
  UNKNOWN: 'r.age_at_trafficking IS NULL',
};
const SEXES = ['FEMALE', 'MALE', 'OTHER', 'UNKNOWN'];

const VICTIMS = {
  total: { all: 'true' },
  legalStatus: oneOf('r.legal_status', ['IN_IDENTIFICATION', 'VICTIM', 'ACCOMPANYING_MINOR', 'NOT_VICTIM']),
  ethnicity: oneOf('r.ethnicity', ['KINH', 'MINORITY', 'UNKNOWN']),
  sexAndAgeBand: Object.fromEntries(
    SEXES.flatMap((sex) => Object.entries(AGE_BANDS).map(([band, condition]) => [`${sex}|${band}`, `r.sex = '${sex}' AND ${condition}`])),
  ),
  purpose: anyOf('r.purposes', [
    'SEXUAL_EXPLOITATION',
    'FORCED_LABOUR',
    'ORGAN_REMOVAL',
    'FORCED_MARRIAGE',
    'FORCED_CHILDBEARING',
    'FORCED_BEGGING',
    'FORCED_CRIMINALITY',
    'ILLEGAL_ADOPTION',
    'OTHER',
    'UNKNOWN',
  ]),
  purposeAnswered: { true: "array_remove(r.purposes, 'UNKNOWN') <> '{}'" },
};

/** Countries and provinces are many, and not known beforehand. */
const PLACES = `SELECT 'destination', coalesce(r.destination_country, '') UNION ALL SELECT 'originProvince', coalesce(r.origin_province, '')`;

const SUPPORT = { fact: 'support', day: dayOf('r.started_at'), province: "coalesce(r.province, '')", agency: "coalesce(r.agency, '')" };
const SUPPORTS = {
  total: { all: 'true' },
  type: oneOf('r.type', [
    'ESSENTIAL_NEEDS',
    'MEDICAL',
    'INTERPRETATION',
    'LEGAL_SUPPORT',
    'LEGAL_AID',
    'TRAVEL',
    'PSYCHOLOGICAL',
    'EDUCATION',
    'VOCATIONAL',
    'EMPLOYMENT',
    'INITIAL_ALLOWANCE',
    'LOAN',
  ]),
};

/** Support is counted in the person's province of origin. */
const PROVINCES = inherited({ table: 'support_service', column: 'province', reference: 'victim_id', from: { table: 'victim', column: 'origin_province' } });

export class Migration20261124180000_rollups extends Migration {
  override name = 'Migration20261124180000_rollups';

  override up(): void {
    const rollups = [
      ...ROLLUP_TABLES,
      ...closedBreakdowns('victim', VICTIM, VICTIMS),
      ...openBreakdowns('victim', { ...VICTIM, fact: 'victimPlace' }, PLACES),
      ...closedBreakdowns('support_service', SUPPORT, SUPPORTS),
      ...changeTriggers('victim'),
      ...changeTriggers('support_service'),
    ];
    for (const statement of [REFERENCE_TABLE, ...rollups, ...PROVINCES]) this.addSql(statement);
  }
}
