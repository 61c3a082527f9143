import { Migration } from '@mikro-orm/migrations';
import { may, rowSecurity } from '#shared/database/row-security.ts';

const KEPT = { read: may('reference:read'), insert: may('agencies:act'), update: may('agencies:act') };

const POLICIES = {
  agency: KEPT,
  agency_version: KEPT,
  coordination_plan: KEPT,
  province: { read: may('reference:read') },
  reference: KEPT,
  record_event: { read: may('reference:read'), insert: `${may('agencies:act')} AND agency = (SELECT caller_agency())` },
};

export class Migration20261126020000_roles extends Migration {
  override name = 'Migration20261126020000_roles';

  override up(): void {
    for (const statement of rowSecurity('agencies', POLICIES)) this.addSql(statement);
  }
}
