import { Migration } from '@mikro-orm/migrations';

/** In the order of the lists: pages of what belongs to one case, province, agency or person, also where all are asked about at once. */
const PARENTS = [
  'DROP INDEX victim_case_id',
  'CREATE INDEX victim_case_id ON victim (case_id, registered_at, id)',
  'CREATE INDEX victim_origin_province ON victim (origin_province, registered_at, id)',
  'CREATE INDEX victim_agency ON victim (agency, registered_at, id)',
  'DROP INDEX support_service_victim_id',
  'CREATE INDEX support_service_victim_id ON support_service (victim_id, started_at, id)',
  'CREATE INDEX support_service_agency ON support_service (agency, started_at, id)',
];

/** Of a value that is frequent, a page is soon found by going through the list; one that is rare is found by these. */
const VALUES = [
  'CREATE INDEX victim_legal_status ON victim (legal_status)',
  'CREATE INDEX victim_sex ON victim (sex)',
  'CREATE INDEX victim_age_at_trafficking ON victim (age_at_trafficking)',
  'CREATE INDEX victim_destination_country ON victim (destination_country)',
  'CREATE INDEX support_service_type ON support_service (type)',
  'CREATE INDEX support_service_open ON support_service (started_at, id) WHERE ended_at IS NULL',
  'CREATE INDEX support_service_in_shelter ON support_service (started_at, id) WHERE in_shelter',
];

/** Of a list, PostgreSQL cannot tell how rare a value is: one index each, in the order of the list, is right for all, and no row is in many. */
const PURPOSES = [
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
].map((purpose) => `CREATE INDEX victim_purpose_${purpose.toLowerCase()} ON victim (registered_at, id) WHERE purposes @> '{${purpose}}'`);

export class Migration20261125030000_lists extends Migration {
  override name = 'Migration20261125030000_lists';

  override up(): void {
    for (const statement of [...PARENTS, ...VALUES, ...PURPOSES]) this.addSql(statement);
  }
}
