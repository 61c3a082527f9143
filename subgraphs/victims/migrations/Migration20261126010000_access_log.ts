import { Migration } from '@mikro-orm/migrations';
import { ACCESS_LOG_TABLES } from '#shared/access-log/tables.ts';

export class Migration20261126010000_access_log extends Migration {
  override name = 'Migration20261126010000_access_log';

  override up(): void {
    for (const statement of ACCESS_LOG_TABLES) this.addSql(statement);
  }
}
