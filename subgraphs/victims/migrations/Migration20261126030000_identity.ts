import { Migration } from '@mikro-orm/migrations';
import { may } from '#shared/database/row-security.ts';
import { roleNames } from '#shared/database/roles.ts';

/** Nothing has ever been written into the table that the first migration made. */
const COLUMNS = [
  'ALTER TABLE victim_identity DROP COLUMN sealed',
  `ALTER TABLE victim_identity ADD name bytea, ADD birth_date bytea, ADD identity_number bytea, ADD name_and_birth_index bytea, ADD number_index bytea`,
  'CREATE INDEX victim_identity_name_and_birth_index ON victim_identity (name_and_birth_index)',
  'CREATE INDEX victim_identity_number_index ON victim_identity (number_index)',
];

/** Removing a person would leave the key behind that makes the identity readable in a backup. */
const ERASED_FIRST = [
  'ALTER TABLE victim_identity DROP CONSTRAINT victim_identity_victim_id_foreign',
  `ALTER TABLE victim_identity ADD CONSTRAINT victim_identity_victim_id_foreign FOREIGN KEY (victim_id) REFERENCES victim (id)
     ON UPDATE CASCADE ON DELETE RESTRICT`,
];

const { app } = roleNames('victims');
const OWN = `${may('identity')} AND EXISTS (SELECT FROM victim v WHERE v.id = victim_id AND v.agency = (SELECT caller_agency()))`;

/**
 * Shown to the agency that registered the person, in transactions with a scope that no token can have (it is not in schema/access.ts) and that the
 * command of identities sets: to whatever comes through the gateway the table is empty.
 */
const POLICIES = [
  `GRANT SELECT, INSERT, UPDATE, DELETE ON victim_identity TO ${app}`,
  `CREATE POLICY app_identity ON victim_identity TO ${app} USING (${OWN}) WITH CHECK (${OWN})`,
];

export class Migration20261126030000_identity extends Migration {
  override name = 'Migration20261126030000_identity';

  override up(): void {
    for (const statement of [...COLUMNS, ...ERASED_FIRST, ...POLICIES]) this.addSql(statement);
  }
}
