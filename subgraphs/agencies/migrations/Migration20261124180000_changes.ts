import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { CHANGE_TABLES, changeTriggers } from '#shared/rollup.ts';

export class Migration20261124180000_changes extends Migration {
  override name = 'Migration20261124180000_changes';

  override up(): void {
    const triggers = ['province', 'agency_version', 'coordination_plan'].flatMap((table) => changeTriggers(table));
    for (const statement of [REFERENCE_TABLE, ...CHANGE_TABLES, ...triggers]) this.addSql(statement);
  }
}
