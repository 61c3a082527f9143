import { Migration } from '@mikro-orm/migrations';
import { kept, may, own, ROLLUP_POLICY, rowSecurity } from '#shared/database/row-security.ts';

const VISIBLE = `${may('calls:read')} AND ${own()}`;
const CHANGEABLE = `${may('calls:act')} AND ${own()}`;

const POLICIES = {
  call: { read: VISIBLE, insert: `${may('calls:act')} AND agency = (SELECT caller_agency())`, update: CHANGEABLE, becomes: kept },
  record_event: {
    read: 'EXISTS (SELECT FROM call r WHERE r.id = record_id::uuid)',
    insert: `${may('calls:act')} AND agency = (SELECT caller_agency())`,
  },
  rollup: ROLLUP_POLICY,
};

export class Migration20261126020000_roles extends Migration {
  override name = 'Migration20261126020000_roles';

  override up(): void {
    for (const statement of rowSecurity('calls', POLICIES)) this.addSql(statement);
  }
}
