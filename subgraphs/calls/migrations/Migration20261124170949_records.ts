import { Migration } from '@mikro-orm/migrations';

export class Migration20261124170949_records extends Migration {
  override name = 'Migration20261124170949_records';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "call" ("id" uuid not null, "source" text not null, "external_id" text not null, "received_at" timestamptz not null, "ended_at" timestamptz null, "category" text not null, "topics" text[] not null, "caller_type" text not null, "caller_sex" text not null, "caller_age_band" text not null, "channel" text not null, "province" text null, "agency" text null, primary key ("id"));`,
    );
    this.addSql(`create index "call_received_at" on "call" ("received_at", "id");`);
    this.addSql(`alter table "call" add constraint "call_source_external_id" unique ("source", "external_id");`);

    this.addSql(`alter table "call" add constraint "call_category_check" check ("category" in ('INFORMATION', 'COUNSELLING', 'REFERRAL'));`);
    this.addSql(
      `alter table "call" add constraint "call_caller_type_check" check ("caller_type" in ('PUBLIC', 'RELATIVE_FRIEND', 'OFFICIAL_PRESS', 'VICTIM', 'UNKNOWN'));`,
    );
    this.addSql(`alter table "call" add constraint "call_caller_sex_check" check ("caller_sex" in ('FEMALE', 'MALE', 'OTHER', 'UNKNOWN'));`);
    this.addSql(
      `alter table "call" add constraint "call_caller_age_band_check" check ("caller_age_band" in ('AGE_0_10', 'AGE_11_14', 'AGE_15_18', 'AGE_19_25', 'AGE_26_40', 'AGE_41_PLUS', 'UNKNOWN'));`,
    );
    this.addSql(`alter table "call" add constraint "call_channel_check" check ("channel" in ('PHONE', 'APP', 'CHAT', 'EMAIL', 'OTHER', 'UNKNOWN'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "call" cascade;`);
  }
}
