import { Migration } from '@mikro-orm/migrations';
import { kept, may, own, ROLLUP_POLICY, rowSecurity } from '#shared/database/row-security.ts';

const ALL = `${may('cases:all')} OR ${may('statistics:exact')}`;
/** Of one's own agency, or of a case that the coordinating desk has given a pass for. */
const PERSON = `(${own()} OR case_id = ANY ((SELECT caller_passes())::uuid[]))`;
/** Support of one's own agency, or to a person that is seen. */
const SUPPORT = `(${own()} OR EXISTS (SELECT FROM victim v WHERE v.id = victim_id))`;
const EVENTS = `CASE kind WHEN 'victim' THEN EXISTS (SELECT FROM victim r WHERE r.id = record_id::uuid)
  WHEN 'support' THEN EXISTS (SELECT FROM support_service r WHERE r.id = record_id::uuid) ELSE false END`;
const ACTS = `(${may('victims:act')} OR ${may('victims:identify')} OR ${may('supports:act')})`;

const POLICIES = {
  victim: {
    read: `${ALL} OR (${may('victims:read')} AND ${PERSON})`,
    insert: `${may('victims:act')} AND agency = (SELECT caller_agency())`,
    // Who has a pass may lock a person, to support them, and change nothing.
    update: `${ACTS} AND ${PERSON}`,
    becomes: kept,
  },
  support_service: {
    read: `${ALL} OR (${may('victims:read')} AND ${SUPPORT})`,
    insert: `${may('supports:act')} AND agency = (SELECT caller_agency())`,
    update: `${may('supports:act')} AND ${own()}`,
    becomes: kept,
  },
  record_event: { read: EVENTS, insert: `${ACTS} AND agency = (SELECT caller_agency())` },
  support_rule: { read: may('reference:read') },
  rollup: ROLLUP_POLICY,
};

/** Names, birth dates and numbers (victim_identity) are for no request: see the next migration, whose policy asks for a scope that no token can have. */
export class Migration20261126020000_roles extends Migration {
  override name = 'Migration20261126020000_roles';

  override up(): void {
    for (const statement of rowSecurity('victims', POLICIES)) this.addSql(statement);
  }
}
