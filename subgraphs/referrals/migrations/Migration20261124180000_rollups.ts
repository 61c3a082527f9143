import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { changeTriggers, closedBreakdowns, dayOf, inherited, oneOf, openBreakdowns, ROLLUP_TABLES } from '#shared/rollup.ts';

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

/** A handover is counted in its case's province. */
const PROVINCES = inherited({ table: 'handover', column: 'province', reference: 'case_id', from: { table: 'referral_case', column: 'province' } });

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
