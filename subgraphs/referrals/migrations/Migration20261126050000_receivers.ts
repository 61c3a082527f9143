import { Migration } from '@mikro-orm/migrations';
import { roleNames } from '#shared/database/roles.ts';
import { may, own } from '#shared/database/row-security.ts';

const { app } = roleNames('referrals');

const receivedIn = (...states: string[]) =>
  `EXISTS (SELECT FROM handover h WHERE h.case_id = referral_case.id AND h.to_agency = (SELECT caller_agency()) AND h.state IN ('${states.join("', '")}'))`;

/**
 * Whoever was sent a case may lock it, since acts on its handover come after acts on the case, and PostgreSQL asks the same policy for both. Only who
 * accepted it may change it, or, where nobody is known to have opened it, who sees it (`mayActOnCase`).
 */
const SENT = receivedIn('SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED');
const LOCKED = `${may('cases:act')} AND (${own()} OR ${SENT})`;
const CHANGED = `${may('cases:act')} AND (${own()} OR ${receivedIn('ACCEPTED', 'IN_PROGRESS', 'COMPLETED')} OR (agency IS NULL AND ${SENT}))`;

export class Migration20261126050000_receivers extends Migration {
  override name = 'Migration20261126050000_receivers';

  override up(): void {
    this.addSql('DROP POLICY app_update ON referral_case');
    this.addSql(`CREATE POLICY app_update ON referral_case FOR UPDATE TO ${app} USING (${LOCKED}) WITH CHECK (${CHANGED})`);
    // What acts change, and nothing else: whose case it is, least of all.
    this.addSql(`REVOKE UPDATE ON referral_case FROM ${app}`);
    this.addSql(`GRANT UPDATE (stage, closed_at, version) ON referral_case TO ${app}`);
  }
}
