import { Migration } from '@mikro-orm/migrations';
import { referenceKeyTable } from '#shared/foreign-ids/adoption.ts';

export class Migration20261126040000_reference_key extends Migration {
  override name = 'Migration20261126040000_reference_key';

  override up(): void {
    for (const statement of referenceKeyTable('referrals')) this.addSql(statement);
  }
}
