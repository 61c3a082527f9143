import { Migration } from '@mikro-orm/migrations';

/** In the order of the lists: pages of what belongs to one province, agency or case, also where all are asked about at once. */
const PARENTS = [
  'CREATE INDEX referral_case_province ON referral_case (province, opened_at, id)',
  'CREATE INDEX referral_case_agency ON referral_case (agency, opened_at, id)',
  'CREATE INDEX handover_created_at ON handover (created_at, id)',
  'CREATE INDEX handover_from_agency ON handover (from_agency, created_at, id)',
  'CREATE INDEX handover_to_agency ON handover (to_agency, created_at, id)',
  'DROP INDEX handover_case_id',
  'CREATE INDEX handover_case_id ON handover (case_id, created_at, id)',
  'CREATE INDEX handover_redirected_from_id ON handover (redirected_from_id) WHERE redirected_from_id IS NOT NULL',
];

/** Of a value that is frequent, a page is soon found by going through the list; one that is rare is found by these. */
const VALUES = [
  "CREATE INDEX referral_case_open ON referral_case (opened_at, id) WHERE stage <> 'CLOSED'",
  'CREATE INDEX referral_case_stage ON referral_case (stage)',
  'CREATE INDEX referral_case_caller_type ON referral_case (caller_type)',
  'CREATE INDEX handover_province ON handover (province)',
  'CREATE INDEX handover_state ON handover (state)',
  'CREATE INDEX handover_legal_basis ON handover (legal_basis)',
  'CREATE INDEX handover_rejection_reason ON handover (rejection_reason) WHERE rejection_reason IS NOT NULL',
];

export class Migration20261125030000_lists extends Migration {
  override name = 'Migration20261125030000_lists';

  override up(): void {
    for (const statement of [...PARENTS, ...VALUES]) this.addSql(statement);
  }
}
