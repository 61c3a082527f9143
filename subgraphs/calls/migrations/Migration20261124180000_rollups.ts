import { Migration } from '@mikro-orm/migrations';
import { REFERENCE_TABLE } from '#shared/import/reference.ts';
import { anyOf, changeTriggers, closedBreakdowns, dayOf, oneOf, ROLLUP_TABLES } from '#shared/rollup.ts';

const AT = { fact: 'call', day: dayOf('r.received_at'), province: "coalesce(r.province, '')", agency: "coalesce(r.agency, '')" };

const BREAKDOWNS = {
  total: { all: 'true' },
  category: oneOf('r.category', ['INFORMATION', 'COUNSELLING', 'REFERRAL']),
  topic: anyOf('r.topics', [
    'HOTLINE_FUNCTIONS',
    'TRAFFICKING_SITUATION',
    'MIGRATION_LABOUR_EXPORT',
    'MISSING_PERSON',
    'SHELTER',
    'FINANCIAL',
    'MEDICAL',
    'LEGAL',
    'PSYCHOLOGICAL',
  ]),
  callerType: oneOf('r.caller_type', ['PUBLIC', 'RELATIVE_FRIEND', 'OFFICIAL_PRESS', 'VICTIM', 'UNKNOWN']),
  callerSex: oneOf('r.caller_sex', ['FEMALE', 'MALE', 'OTHER', 'UNKNOWN']),
  callerAgeBand: oneOf('r.caller_age_band', ['AGE_0_10', 'AGE_11_14', 'AGE_15_18', 'AGE_19_25', 'AGE_26_40', 'AGE_41_PLUS', 'UNKNOWN']),
  channel: oneOf('r.channel', ['PHONE', 'APP', 'CHAT', 'EMAIL', 'OTHER', 'UNKNOWN']),
};

export class Migration20261124180000_rollups extends Migration {
  override name = 'Migration20261124180000_rollups';

  override up(): void {
    const rollups = [...ROLLUP_TABLES, ...closedBreakdowns('call', AT, BREAKDOWNS), ...changeTriggers('call')];
    for (const statement of [REFERENCE_TABLE, ...rollups]) this.addSql(statement);
  }
}
