/**
 * What the rollups must hold, counted from the records by plain SQL that shares nothing with the product: a day is UTC plus seven hours, a
 * month and a year are made of their parts, and the province of what belongs to another record is looked up there.
 */
import type { Database, Sql } from '#shared/database.ts';

const day = (moment: string) => `(${moment} AT TIME ZONE 'UTC' + interval '7 hours')::date`;
const daysBegun = (from: string, to: string) => `(-floor(-floor(extract(epoch FROM ${to} - ${from}) / 60) / 1440))::int::text`;
const minutes = (from: string, to: string) => `floor(extract(epoch FROM ${to} - ${from}) / 60)::int::text`;

const unlessNegative = (from: string, to: string) => `CASE WHEN ${to} < ${from} THEN NULL ELSE ${minutes(from, to)} END`;

const VICTIM_BAND = `CASE WHEN v.age_at_trafficking IS NULL THEN 'UNKNOWN' WHEN v.age_at_trafficking < 11 THEN 'AGE_0_10' WHEN v.age_at_trafficking < 15 THEN 'AGE_11_14'
  WHEN v.age_at_trafficking < 16 THEN 'AGE_15' WHEN v.age_at_trafficking < 18 THEN 'AGE_16_17' ELSE 'AGE_18_PLUS' END`;

/** By subgraph: a SELECT of (fact, day, province, agency, breakdown, value), one row for everything that counts once. */
const COUNTED = {
  calls: `
    SELECT 'call', ${day('c.received_at')}, c.province, c.agency, b.breakdown, b.value FROM call c CROSS JOIN LATERAL (
      VALUES ('total', 'all'), ('category', c.category), ('callerType', c.caller_type), ('callerSex', c.caller_sex),
        ('callerAgeBand', c.caller_age_band), ('channel', c.channel)
      UNION SELECT 'topic', unnest(c.topics)
    ) b (breakdown, value)`,
  referrals: `
    SELECT 'case', ${day('c.opened_at')}, c.province, c.agency, b.breakdown, b.value
    FROM referral_case c CROSS JOIN LATERAL (VALUES ('total', 'all'), ('stage', c.stage)) b (breakdown, value)
    UNION ALL
    SELECT 'caseFromCall', ${day('CASE WHEN c.call_received_at IS NULL THEN c.opened_at ELSE c.call_received_at END')}, c.province, c.agency, 'total', 'all'
    FROM referral_case c WHERE c.call_id IS NOT NULL
    UNION ALL
    SELECT 'caseDetail', ${day('c.opened_at')}, c.province, c.agency, b.breakdown, b.value
    FROM referral_case c
    CROSS JOIN LATERAL (SELECT min(h.sent_at) AS first, count(*) AS sent, count(DISTINCT h.to_agency) AS agencies
      FROM handover h WHERE h.case_id = c.id AND h.state <> 'DRAFT') h
    CROSS JOIN LATERAL (
      VALUES ('callToFirstHandover', ${unlessNegative('c.call_received_at', 'h.first')}), ('agencies', h.agencies::text), ('handovers', h.sent::text)
      UNION SELECT 'agencyPair', a.to_agency || '|' || b.to_agency FROM handover a, handover b
      WHERE a.case_id = c.id AND b.case_id = c.id AND a.state <> 'DRAFT' AND b.state <> 'DRAFT' AND a.to_agency::bytea < b.to_agency::bytea
    ) b (breakdown, value)
    UNION ALL
    SELECT b.fact, ${day('CASE WHEN h.sent_at IS NULL THEN h.created_at ELSE h.sent_at END')}, c.province, h.to_agency, b.breakdown, b.value
    FROM handover h JOIN referral_case c ON c.id = h.case_id CROSS JOIN LATERAL (VALUES
      ('handover', 'total', CASE h.state WHEN 'DRAFT' THEN NULL ELSE 'sent' END), ('handover', 'state', h.state),
      ('handover', 'rejectionReason', CASE h.state WHEN 'REJECTED' THEN h.rejection_reason END),
      ('handoverDetail', 'receivingAgency', CASE h.state WHEN 'DRAFT' THEN NULL ELSE h.to_agency END),
      ('handoverDetail', 'agencyAndBasis', CASE h.state WHEN 'DRAFT' THEN NULL ELSE concat(h.to_agency, '|', h.legal_basis) END),
      ('handoverDetail', 'sentToAcknowledged', ${minutes('h.sent_at', 'h.acknowledged_at')}),
      ('handoverDetail', 'acknowledgedToAccepted', ${minutes('h.acknowledged_at', 'h.accepted_at')}),
      ('handoverDetail', 'sentToAccepted', ${minutes('h.sent_at', 'h.accepted_at')}),
      ('handoverDetail', 'daysToDecided', CASE WHEN h.accepted_at IS NULL THEN ${daysBegun('h.sent_at', 'h.rejected_at')} ELSE ${daysBegun('h.sent_at', 'h.accepted_at')} END)
    ) b (fact, breakdown, value)`,
  victims: `
    SELECT b.fact, ${day('v.registered_at')}, v.origin_province, v.agency, b.breakdown, b.value FROM victim v CROSS JOIN LATERAL (
      VALUES ('victim', 'total', 'all'), ('victim', 'legalStatus', v.legal_status), ('victim', 'ethnicity', v.ethnicity),
        ('victim', 'sexAndAgeBand', v.sex || '|' || ${VICTIM_BAND}),
        ('victimPlace', 'destination', coalesce(v.destination_country, '')), ('victimPlace', 'originProvince', coalesce(v.origin_province, ''))
      UNION SELECT 'victim', 'purpose', unnest(v.purposes)
      UNION SELECT 'victim', 'purposeAnswered', 'true' FROM unnest(v.purposes) purpose WHERE purpose <> 'UNKNOWN'
      UNION SELECT 'victimPlace', 'purposeAndDestination', concat(purpose, '|', v.destination_country) FROM unnest(v.purposes) purpose
      UNION SELECT 'victim', 'supported', CASE v.legal_status WHEN 'VICTIM' THEN 'identified' ELSE 'others' END FROM support_service s WHERE s.victim_id = v.id
    ) b (fact, breakdown, value)
    UNION ALL
    SELECT 'support', ${day('s.started_at')}, v.origin_province, s.agency, b.breakdown, b.value
    FROM support_service s JOIN victim v ON v.id = s.victim_id CROSS JOIN LATERAL (VALUES ('total', 'all'), ('type', s.type)) b (breakdown, value)
    UNION ALL
    SELECT 'stay', ${day('s.started_at')}, v.origin_province, s.agency, 'days', floor(extract(epoch FROM s.ended_at - s.started_at) / 3600 / 24)::int::text
    FROM support_service s JOIN victim v ON v.id = s.victim_id WHERE s.in_shelter`,
} as const;

/** A subgraph whose records are counted. */
export type Counted = keyof typeof COUNTED;

/**
 * Counts that stand in the rollups and not in the records, or the other way round; a count of zero in the rollups is one of them.
 * Empty when all is right.
 */
export async function differences(sql: Database | Sql, subgraph: Counted): Promise<Record<string, unknown>[]> {
  if ('session' in sql) return sql.session((session) => differences(session, subgraph));
  // Compiling this one would take longer than all the rest of the tests.
  await sql.query('SET jit = off');
  return sql.query(`
    WITH counted (fact, day, province, agency, breakdown, value) AS (${COUNTED[subgraph]}),
    expected AS (
      SELECT fact, g.grain, g.start_on::text, p.province, coalesce(agency, '') AS agency, breakdown, value, count(*) AS n
      FROM counted
      CROSS JOIN LATERAL (VALUES ('D', day), ('M', make_date(extract(year FROM day)::int, extract(month FROM day)::int, 1)),
        ('Y', make_date(extract(year FROM day)::int, 1, 1))) g (grain, start_on)
      CROSS JOIN LATERAL (VALUES (coalesce(counted.province, '')), ('*')) p (province)
      WHERE value IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7
    ),
    actual AS (
      SELECT fact, grain::text, start_on::text, province, agency, b.key, v.key, v.value::bigint
      FROM rollup CROSS JOIN LATERAL jsonb_each(counts) b CROSS JOIN LATERAL jsonb_each_text(b.value) v
    )
    SELECT 'only in the records' AS what, * FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM actual) missing
    UNION ALL SELECT 'only in the rollups', * FROM (SELECT * FROM actual EXCEPT ALL SELECT * FROM expected) surplus
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8`);
}
