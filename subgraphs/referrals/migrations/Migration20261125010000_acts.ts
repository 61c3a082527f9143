import { Migration } from '@mikro-orm/migrations';
import { RECORD_KINDS } from '#schema/record-kinds.ts';
import { ACT_TABLES, kindDigits, versionColumn } from '#shared/acts/tables.ts';
import { REFERENCE_COLUMNS_ADDED, SUCCESSORS_NOT_KNOWN } from '#shared/import/reference.ts';

const KINDS = [
  'ALTER TABLE handover DROP CONSTRAINT handover_case_id_foreign',
  ...kindDigits(RECORD_KINDS.call, [['referral_case', 'call_id']]),
  ...kindDigits(RECORD_KINDS.case, [
    ['referral_case', 'id'],
    ['handover', 'case_id'],
  ]),
  ...kindDigits(RECORD_KINDS.handover, [
    ['handover', 'id'],
    ['handover', 'redirected_from_id'],
  ]),
  'ALTER TABLE handover ADD CONSTRAINT handover_case_id_foreign FOREIGN KEY (case_id) REFERENCES referral_case (id)',
];

/** Events of handovers become events like those of every other record, so that a correction is an event too. */
const EVENTS = [
  `INSERT INTO record_event (kind, record_id, act, state, at, recorded_at, agency)
   SELECT 'handover', overlay(handover_id::text placing '${RECORD_KINDS.handover}' from 16 for 1), 'import', state, at, at, agency FROM handover_event ORDER BY id`,
  'DROP TABLE handover_event',
];

/**
 * Which legal basis a handover to an agency of which type may have (domain.md, "States"; unverified, hence data): to a non-governmental
 * organisation or the women's union it needs consent.
 */
const CONSENT_RULE = [
  `CREATE TABLE consent_rule (agency_type text NOT NULL, legal_basis text NOT NULL, PRIMARY KEY (agency_type, legal_basis))`,
  `INSERT INTO consent_rule SELECT t, b FROM
     unnest(ARRAY['POLICE', 'BORDER_GUARD', 'COAST_GUARD', 'CHILD_PROTECTION', 'SOCIAL_AFFAIRS', 'COMMUNE_PEOPLES_COMMITTEE', 'DIPLOMATIC']) t,
     unnest(ARRAY['STATUTORY_REPORT', 'CONSENT', 'GUARDIAN_CONSENT', 'VITAL_INTEREST']) b`,
  `INSERT INTO consent_rule SELECT t, b FROM unnest(ARRAY['NGO', 'WOMENS_UNION']) t, unnest(ARRAY['CONSENT', 'GUARDIAN_CONSENT']) b`,
];

export class Migration20261125010000_acts extends Migration {
  override name = 'Migration20261125010000_acts';

  override up(): void {
    // The events first: the table that they leave refers to the handovers' ids.
    const before = [...ACT_TABLES, REFERENCE_COLUMNS_ADDED, SUCCESSORS_NOT_KNOWN, ...EVENTS, ...KINDS];
    for (const statement of [...before, ...CONSENT_RULE, versionColumn('referral_case'), versionColumn('handover')]) this.addSql(statement);
  }
}
