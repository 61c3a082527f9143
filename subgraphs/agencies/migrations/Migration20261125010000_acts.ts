import { Migration } from '@mikro-orm/migrations';
import { ACT_TABLES, versionColumn } from '#shared/acts/tables.ts';
import { REFERENCE_COLUMNS_ADDED } from '#shared/import/reference.ts';

/** What is in the other tables already; in other subgraphs the next import of provinces and agencies fills it in. */
const KNOWN = [
  `UPDATE reference r SET successor = p.successor FROM province p WHERE r.kind = 'province' AND p.id = r.id`,
  `UPDATE reference r SET type = v.type FROM (SELECT DISTINCT ON (agency_id) agency_id, type FROM agency_version ORDER BY agency_id, valid_from <= current_date DESC, valid_from DESC) v
   WHERE r.kind = 'agency' AND v.agency_id = r.id`,
];

/** The version of an agency as a whole, whatever its versions over time. */
const AGENCY = [
  'CREATE TABLE agency (id text PRIMARY KEY, version integer NOT NULL DEFAULT 1)',
  'INSERT INTO agency SELECT DISTINCT agency_id FROM agency_version',
];

export class Migration20261125010000_acts extends Migration {
  override name = 'Migration20261125010000_acts';

  override up(): void {
    for (const statement of [...ACT_TABLES, REFERENCE_COLUMNS_ADDED, ...KNOWN, ...AGENCY, versionColumn('coordination_plan')]) this.addSql(statement);
  }
}
