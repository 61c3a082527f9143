import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { changeTriggers, closedBreakdowns, dayOf, oneOf, openBreakdowns, ROLLUP_TABLES } from '#shared/rollup.ts';

const CASE = { fact: 'case', day: dayOf('r.opened_at'), province: "coalesce(r.province, '')", agency: "coalesce(r.agency, '')" };
const CASES = {
  total: { all: 'true' },
  stage: oneOf('r.stage', ['RECEIVED', 'VERIFYING', 'RESCUING', 'IDENTIFIED', 'NOT_IDENTIFIED', 'SUPPORTING', 'CLOSED']),
};

const HANDOVER = { fact: 'handover', day: dayOf('coalesce(r.sent_at, r.created_at)'), province: "coalesce(r.province, '')", agency: 'r.to_agency' };
const HANDOVERS = {
  total: { sent: "r.state <> 'DRAFT'" },
  state: oneOf('r.state', ['DRAFT', 'SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'REVOKED']),
  rejectionReason: oneOf("CASE WHEN r.state = 'REJECTED' THEN r.rejection_reason END", [
    'OUTSIDE_JURISDICTION',
    'NO_CAPACITY',
    'INSUFFICIENT_INFORMATION',
    'DUPLICATE',
    'NOT_TRAFFICKING',
    'OTHER',
  ]),
};

/** How long things took has many values: counted in whole minutes, so that their number is bounded. */
const DURATIONS = `SELECT d.breakdown, floor(extract(epoch FROM d.duration) / 60)::bigint::text FROM (VALUES
  ('sentToAcknowledged', r.acknowledged_at - r.sent_at),
  ('acknowledgedToAccepted', r.accepted_at - r.acknowledged_at),
  ('sentToAccepted', r.accepted_at - r.sent_at)
) AS d (breakdown, duration)`;
const RECEIVING_AGENCY = `SELECT 'receivingAgency', r.to_agency WHERE r.state <> 'DRAFT'`;

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
    const rollups = [
      ...ROLLUP_TABLES,
      ...closedBreakdowns('referral_case', CASE, CASES),
      ...closedBreakdowns('handover', HANDOVER, HANDOVERS),
      ...openBreakdowns('handover', { ...HANDOVER, fact: 'handoverDetail' }, `${DURATIONS} UNION ALL ${RECEIVING_AGENCY}`),
      ...changeTriggers('referral_case'),
      ...changeTriggers('handover'),
    ];
    for (const statement of [REFERENCE_TABLE, ...rollups, ...PROVINCES, ...EVENTS, WAITING]) this.addSql(statement);
  }
}
