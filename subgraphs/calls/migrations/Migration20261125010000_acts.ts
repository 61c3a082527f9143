import { Migration } from '@mikro-orm/migrations';
import { RECORD_KINDS } from '#schema/record-kinds.ts';
import { ACT_TABLES, kindDigits, versionColumn } from '#shared/acts/tables.ts';
import { REFERENCE_COLUMNS_ADDED, SUCCESSORS_NOT_KNOWN } from '#shared/import/reference.ts';

export class Migration20261125010000_acts extends Migration {
  override name = 'Migration20261125010000_acts';

  override up(): void {
    const statements = [
      ...ACT_TABLES,
      REFERENCE_COLUMNS_ADDED,
      SUCCESSORS_NOT_KNOWN,
      versionColumn('call'),
      ...kindDigits(RECORD_KINDS.call, [['call', 'id']]),
    ];
    for (const statement of statements) this.addSql(statement);
  }
}
