import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { dayOf, ROLLUP_TABLES, rollupTriggers } from '#shared/rollup.ts';

const CASE_FACTS = `SELECT 'case', ${dayOf('r.opened_at')}, coalesce(r.province, ''), coalesce(r.agency, ''), 'stage', r.stage FROM {rows} r`;

const COORDINATES = `${dayOf('coalesce(r.sent_at, r.created_at)')}, coalesce(r.province, ''), r.to_agency`;

/** Durations are kept apart from the states, since they have many values: whole minutes, so that their number is bounded. */
const HANDOVER_FACTS = `
  SELECT 'handover', ${COORDINATES}, b.breakdown, b.value FROM {rows} r CROSS JOIN LATERAL (VALUES
    ('state', r.state),
    ('receivingAgency', CASE WHEN r.state <> 'DRAFT' THEN r.to_agency END),
    ('rejectionReason', CASE WHEN r.state = 'REJECTED' THEN r.rejection_reason END)
  ) AS b (breakdown, value) WHERE b.value IS NOT NULL
  UNION ALL SELECT 'handoverDuration', ${COORDINATES}, b.breakdown, floor(extract(epoch FROM b.duration) / 60)::bigint::text
  FROM {rows} r CROSS JOIN LATERAL (VALUES
    ('sentToAcknowledged', r.acknowledged_at - r.sent_at),
    ('acknowledgedToAccepted', r.accepted_at - r.acknowledged_at),
    ('sentToAccepted', r.accepted_at - r.sent_at)
  ) AS b (breakdown, duration) WHERE b.duration IS NOT NULL`;

/** A handover is counted in its case's province: given when it is written, and again when the case's province is corrected. */
const PROVINCES = [
  `CREATE FUNCTION handover_province() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.province := (SELECT province FROM referral_case WHERE id = NEW.case_id); RETURN NEW; END $$`,
  'CREATE TRIGGER handover_province BEFORE INSERT OR UPDATE OF case_id ON handover FOR EACH ROW EXECUTE FUNCTION handover_province()',
  `CREATE FUNCTION referral_case_province() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE handover SET province = NEW.province WHERE case_id = NEW.id; RETURN NULL; END $$`,
  `CREATE TRIGGER referral_case_province AFTER UPDATE OF province ON referral_case FOR EACH ROW
    WHEN (OLD.province IS DISTINCT FROM NEW.province) EXECUTE FUNCTION referral_case_province()`,
];

const EVENTS = [
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only: events are never changed or deleted', TG_TABLE_NAME; END $$`,
  'CREATE TRIGGER handover_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON handover_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
];

/** Handovers that wait for an answer are few however many there are in all. */
const WAITING = "CREATE INDEX handover_waiting ON handover (sent_at) WHERE state IN ('SENT', 'ACKNOWLEDGED')";

export class Migration20261124180000_rollups extends Migration {
  override name = 'Migration20261124180000_rollups';

  override up(): void {
    const rollups = [...ROLLUP_TABLES, ...rollupTriggers('referral_case', CASE_FACTS), ...rollupTriggers('handover', HANDOVER_FACTS)];
    for (const statement of [REFERENCE_TABLE, ...rollups, ...PROVINCES, ...EVENTS, WAITING]) this.addSql(statement);
  }
}
