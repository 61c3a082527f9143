import { Migration } from '@mikro-orm/migrations';
import { RECORD_KINDS } from '#schema/record-kinds.ts';
import { ACT_TABLES, kindDigits, versionColumn } from '#shared/acts/tables.ts';
import { REFERENCE_COLUMNS_ADDED, SUCCESSORS_NOT_KNOWN } from '#shared/import/reference.ts';

const KINDS = [
  'ALTER TABLE support_service DROP CONSTRAINT support_service_victim_id_foreign',
  ...kindDigits(RECORD_KINDS.case, [['victim', 'case_id']]),
  ...kindDigits(RECORD_KINDS.victim, [
    ['victim', 'id'],
    ['support_service', 'victim_id'],
  ]),
  ...kindDigits(RECORD_KINDS.support, [['support_service', 'id']]),
  'ALTER TABLE support_service ADD CONSTRAINT support_service_victim_id_foreign FOREIGN KEY (victim_id) REFERENCES victim (id)',
];

/**
 * Which support a person of which legal status may begin to be given (domain.md: support may begin before identification; which types the
 * law gives whom nobody could verify, hence data): any, but to a person who was found to be no victim.
 */
const SUPPORT_RULE = [
  'CREATE TABLE support_rule (legal_status text NOT NULL, support_type text NOT NULL, PRIMARY KEY (legal_status, support_type))',
  `INSERT INTO support_rule SELECT s, t FROM unnest(ARRAY['IN_IDENTIFICATION', 'VICTIM', 'ACCOMPANYING_MINOR']) s,
     unnest(ARRAY['ESSENTIAL_NEEDS', 'MEDICAL', 'INTERPRETATION', 'LEGAL_SUPPORT', 'LEGAL_AID', 'TRAVEL', 'PSYCHOLOGICAL', 'EDUCATION', 'VOCATIONAL', 'EMPLOYMENT',
       'INITIAL_ALLOWANCE', 'LOAN']) t`,
];

export class Migration20261125010000_acts extends Migration {
  override name = 'Migration20261125010000_acts';

  override up(): void {
    const versions = [versionColumn('victim'), versionColumn('support_service')];
    const statements = [...ACT_TABLES, REFERENCE_COLUMNS_ADDED, SUCCESSORS_NOT_KNOWN, ...KINDS, ...SUPPORT_RULE, ...versions];
    for (const statement of statements) this.addSql(statement);
  }
}
