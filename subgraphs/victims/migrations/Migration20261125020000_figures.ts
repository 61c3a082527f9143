import { Migration } from '@mikro-orm/migrations';
import { anyOf, closedFact, dayOf, oneOf, openFact, passedOn, recounted, summarised } from '#shared/rollup.ts';

/** Whether and since when a person is supported, kept with the person. */
const COLUMNS = [
  'ALTER TABLE victim ADD first_support_at timestamptz',
  ...summarised({
    table: 'support_service',
    reference: 'victim_id',
    where: 'true',
    reads: ['r.started_at'],
    into: 'victim',
    columns: { first_support_at: { from: 'min(r.started_at)', none: 'NULL' } },
  }),
];

/** Persons are written far more often than their origin is from now on: their first support is. */
const PROVINCES = passedOn({ table: 'support_service', column: 'province', reference: 'victim_id', from: { table: 'victim', column: 'origin_province' } });

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
  supported: {
    identified: "r.first_support_at IS NOT NULL AND r.legal_status = 'VICTIM'",
    others: "r.first_support_at IS NOT NULL AND r.legal_status <> 'VICTIM'",
  },
};

/** A purpose that is recorded twice counts once. */
const PLACES = `
  SELECT 'destination', coalesce(r.destination_country, '')
  UNION ALL SELECT 'originProvince', coalesce(r.origin_province, '')
  UNION ALL SELECT DISTINCT 'purposeAndDestination', p.purpose || '|' || coalesce(r.destination_country, '') FROM unnest(r.purposes) p (purpose)`;

const SUPPORT = { fact: 'stay', day: dayOf('r.started_at'), province: "coalesce(r.province, '')", agency: "coalesce(r.agency, '')" };
const STAYS = `SELECT 'days', floor(extract(epoch FROM r.ended_at - r.started_at) / 86400)::bigint::text WHERE r.in_shelter`;

/** Stays that go on are few however many have ended. */
const OPEN_STAYS = 'CREATE INDEX support_service_open_stay ON support_service (started_at) WHERE in_shelter AND ended_at IS NULL';

export class Migration20261125020000_figures extends Migration {
  override name = 'Migration20261125020000_figures';

  override up(): void {
    const facts = [
      closedFact('victim', VICTIM, VICTIMS),
      openFact('victim', { ...VICTIM, fact: 'victimPlace' }, PLACES),
      openFact('support_service', SUPPORT, STAYS),
    ];
    for (const statement of [PROVINCES, ...COLUMNS, OPEN_STAYS, ...facts.flatMap(recounted)]) this.addSql(statement);
  }
}
