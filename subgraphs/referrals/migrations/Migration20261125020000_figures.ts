import { Migration } from '@mikro-orm/migrations';
import { closedFact, dayOf, openFact, passedOn, recounted, summarised } from '#shared/rollup.ts';

/** What figures about cases ask of their handovers, kept with the case. */
const COLUMNS = [
  `ALTER TABLE referral_case ADD first_sent_at timestamptz, ADD sent_agencies text[] NOT NULL DEFAULT '{}', ADD handovers_sent integer NOT NULL DEFAULT 0`,
  ...summarised({
    table: 'handover',
    reference: 'case_id',
    where: "r.state <> 'DRAFT'",
    reads: ['r.to_agency', 'r.sent_at'],
    into: 'referral_case',
    columns: {
      first_sent_at: { from: 'min(r.sent_at)', none: 'NULL' },
      // In the order of their bytes, so that a pair of agencies is one pair whatever the database's language.
      sent_agencies: {
        from: 'array_agg(DISTINCT r.to_agency COLLATE "C" ORDER BY r.to_agency COLLATE "C") FILTER (WHERE r.to_agency IS NOT NULL)',
        none: "'{}'::text[]",
      },
      handovers_sent: { from: 'count(r.id)::int', none: '0' },
    },
  }),
];

/** Cases are written far more often than they are moved from now on: their first sending is. */
const PROVINCES = passedOn({ table: 'handover', column: 'province', reference: 'case_id', from: { table: 'referral_case', column: 'province' } });

/** Minutes completed; what would have taken less than no time was recorded wrongly and is no observation. */
const minutes = (from: string, to: string) => `CASE WHEN ${to} >= ${from} THEN floor(extract(epoch FROM ${to} - ${from}) / 60)::bigint::text END`;

const CASE = { fact: 'caseDetail', day: dayOf('r.opened_at'), province: "coalesce(r.province, '')", agency: "coalesce(r.agency, '')" };
const CASES = `
  SELECT 'callToFirstHandover', ${minutes('r.call_received_at', 'r.first_sent_at')}
  UNION ALL SELECT 'agencies', cardinality(r.sent_agencies)::text
  UNION ALL SELECT 'handovers', r.handovers_sent::text
  UNION ALL SELECT 'agencyPair', a.id || '|' || b.id FROM unnest(r.sent_agencies) a (id) JOIN unnest(r.sent_agencies) b (id) ON a.id COLLATE "C" < b.id COLLATE "C"`;

/** A case that came from a call counts on the day of the call, so that it can be held against the calls of that day. */
const FROM_CALL = { ...CASE, fact: 'caseFromCall', day: dayOf('coalesce(r.call_received_at, r.opened_at)') };

const HANDOVER = { fact: 'handoverDetail', day: dayOf('coalesce(r.sent_at, r.created_at)'), province: "coalesce(r.province, '')", agency: 'r.to_agency' };
const DURATIONS = `SELECT d.breakdown, floor(extract(epoch FROM d.duration) / 60)::bigint::text FROM (VALUES
  ('sentToAcknowledged', r.acknowledged_at - r.sent_at),
  ('acknowledgedToAccepted', r.accepted_at - r.acknowledged_at),
  ('sentToAccepted', r.accepted_at - r.sent_at)
) AS d (breakdown, duration)`;
/** Days begun until it was decided, by whole minutes: few values, whatever the deadline in days is. */
const DAYS_TO_DECIDED = `SELECT 'daysToDecided', ceil(floor(extract(epoch FROM coalesce(r.accepted_at, r.rejected_at) - r.sent_at) / 60) / 1440)::bigint::text`;

const HANDOVERS = `${DURATIONS}
  UNION ALL ${DAYS_TO_DECIDED}
  UNION ALL SELECT 'receivingAgency', r.to_agency WHERE r.state <> 'DRAFT'
  UNION ALL SELECT 'agencyAndBasis', r.to_agency || '|' || coalesce(r.legal_basis, '') WHERE r.state <> 'DRAFT'`;

/** Which cases they are is asked of those sent to several agencies alone. */
const SHARED = 'CREATE INDEX referral_case_shared ON referral_case (opened_at) WHERE cardinality(sent_agencies) > 1';

export class Migration20261125020000_figures extends Migration {
  override name = 'Migration20261125020000_figures';

  override up(): void {
    const facts = [
      openFact('referral_case', CASE, CASES),
      closedFact('referral_case', FROM_CALL, { total: { all: 'r.call_id IS NOT NULL' } }),
      openFact('handover', HANDOVER, HANDOVERS),
    ];
    for (const statement of [PROVINCES, ...COLUMNS, SHARED, ...facts.flatMap(recounted)]) this.addSql(statement);
  }
}
