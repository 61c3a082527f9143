import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { dayOf, ROLLUP_TABLES, rollupTriggers } from '#shared/rollup.ts';

const VICTIM = `'victim', ${dayOf('r.registered_at')}, coalesce(r.origin_province, ''), coalesce(r.agency, '')`;

const AGE_BAND = `CASE WHEN r.age_at_trafficking IS NULL THEN 'UNKNOWN' WHEN r.age_at_trafficking <= 10 THEN 'AGE_0_10'
  WHEN r.age_at_trafficking <= 14 THEN 'AGE_11_14' WHEN r.age_at_trafficking = 15 THEN 'AGE_15'
  WHEN r.age_at_trafficking <= 17 THEN 'AGE_16_17' ELSE 'AGE_18_PLUS' END`;

const VICTIM_FACTS = `
  SELECT ${VICTIM}, b.breakdown, b.value FROM {rows} r CROSS JOIN LATERAL (VALUES
    ('legalStatus', r.legal_status), ('ethnicity', r.ethnicity), ('sexAndAgeBand', r.sex || '|' || ${AGE_BAND}),
    ('purposeAnswered', CASE WHEN array_remove(r.purposes, 'UNKNOWN') <> '{}' THEN 'true' ELSE 'false' END),
    ('originProvince', coalesce(r.origin_province, '')), ('destination', coalesce(r.destination_country, ''))
  ) AS b (breakdown, value)
  UNION ALL SELECT ${VICTIM}, 'purpose', x.purpose FROM {rows} r CROSS JOIN LATERAL unnest(r.purposes) AS x (purpose)`;

const SUPPORT_FACTS = `SELECT 'support', ${dayOf('r.started_at')}, coalesce(r.province, ''), coalesce(r.agency, ''), 'type', r.type FROM {rows} r`;

/** Support is counted in the person's province of origin: given when it is written, and again when the origin is corrected. */
const PROVINCES = [
  `CREATE FUNCTION support_province() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.province := (SELECT origin_province FROM victim WHERE id = NEW.victim_id); RETURN NEW; END $$`,
  'CREATE TRIGGER support_province BEFORE INSERT OR UPDATE OF victim_id ON support_service FOR EACH ROW EXECUTE FUNCTION support_province()',
  `CREATE FUNCTION victim_province() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE support_service SET province = NEW.origin_province WHERE victim_id = NEW.id; RETURN NULL; END $$`,
  `CREATE TRIGGER victim_province AFTER UPDATE OF origin_province ON victim FOR EACH ROW
    WHEN (OLD.origin_province IS DISTINCT FROM NEW.origin_province) EXECUTE FUNCTION victim_province()`,
];

export class Migration20261124180000_rollups extends Migration {
  override name = 'Migration20261124180000_rollups';

  override up(): void {
    const rollups = [...ROLLUP_TABLES, ...rollupTriggers('victim', VICTIM_FACTS), ...rollupTriggers('support_service', SUPPORT_FACTS)];
    for (const statement of [REFERENCE_TABLE, ...rollups, ...PROVINCES]) this.addSql(statement);
  }
}
