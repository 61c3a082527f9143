import { Migration } from '@mikro-orm/migrations';
import { roleNames } from '#shared/database/roles.ts';
import { may, own, ROLLUP_POLICY, rowSecurity } from '#shared/database/row-security.ts';

/** Policies of cases ask about handovers: those of handovers must not ask about cases by the same way, or neither would come to an end. */
const OWN_CASES = `CREATE FUNCTION own_cases() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT id FROM referral_case WHERE agency = caller_agency() $$`;

/** From when it was sent until it is revoked; that it rejected one, the receiver knows. Of the case it sees nothing any more (`HANDED_OVER`). */
const PARTY = `${own('from_agency')} OR (to_agency = (SELECT caller_agency()) AND state NOT IN ('DRAFT', 'REVOKED')) OR case_id IN (SELECT own_cases())`;
const HANDED_OVER = `EXISTS (SELECT FROM handover h WHERE h.case_id = referral_case.id AND h.to_agency = (SELECT caller_agency())
  AND h.state IN ('SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED'))`;

const ALL = `${may('cases:all')} OR ${may('statistics:exact')}`;
const EVENTS = `CASE kind WHEN 'case' THEN EXISTS (SELECT FROM referral_case r WHERE r.id = record_id::uuid)
  WHEN 'handover' THEN EXISTS (SELECT FROM handover r WHERE r.id = record_id::uuid) ELSE false END`;

const POLICIES = {
  referral_case: {
    read: `${ALL} OR (${may('cases:read')} AND (${own()} OR ${HANDED_OVER}))`,
    insert: `${may('cases:act')} AND agency = (SELECT caller_agency())`,
    update: `${may('cases:act')} AND (${own()} OR ${HANDED_OVER})`,
  },
  handover: {
    read: `${ALL} OR (${may('cases:read')} AND (${PARTY}))`,
    insert: `${may('cases:act')} AND from_agency = (SELECT caller_agency())`,
    update: `${may('cases:act')} AND (${PARTY})`,
  },
  record_event: { read: EVENTS, insert: `${may('cases:act')} AND agency = (SELECT caller_agency())` },
  consent_rule: { read: may('reference:read') },
  rollup: ROLLUP_POLICY,
};

/** A second case of a call is refused whoever opened the first; which one it is, the caller is told only where it is visible. */
const TAKEN = `CREATE FUNCTION has_case(call uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM referral_case WHERE call_id = call) $$`;

export class Migration20261126020000_roles extends Migration {
  override name = 'Migration20261126020000_roles';

  override up(): void {
    const [first = '', ...rest] = rowSecurity('referrals', POLICIES);
    const grants = ['own_cases()', 'has_case(uuid)'].flatMap((name) => [
      `REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`,
      `GRANT EXECUTE ON FUNCTION ${name} TO ${roleNames('referrals').app}`,
    ]);
    for (const statement of [first, OWN_CASES, TAKEN, ...grants, ...rest]) this.addSql(statement);
  }
}
