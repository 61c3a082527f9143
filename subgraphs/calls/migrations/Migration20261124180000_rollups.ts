import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { dayOf, ROLLUP_TABLES, rollupTriggers } from '#shared/rollup.ts';

const COORDINATES = `'call', ${dayOf('r.received_at')}, coalesce(r.province, ''), coalesce(r.agency, '')`;

const CALL_FACTS = `
  SELECT ${COORDINATES}, b.breakdown, b.value FROM {rows} r CROSS JOIN LATERAL (VALUES
    ('category', r.category), ('callerType', r.caller_type), ('callerSex', r.caller_sex), ('callerAgeBand', r.caller_age_band), ('channel', r.channel)
  ) AS b (breakdown, value)
  UNION ALL SELECT ${COORDINATES}, 'topic', t.topic FROM {rows} r CROSS JOIN LATERAL unnest(r.topics) AS t (topic)`;

export class Migration20261124180000_rollups extends Migration {
  override name = 'Migration20261124180000_rollups';

  override up(): void {
    for (const statement of [REFERENCE_TABLE, ...ROLLUP_TABLES, ...rollupTriggers('call', CALL_FACTS)]) this.addSql(statement);
  }
}
