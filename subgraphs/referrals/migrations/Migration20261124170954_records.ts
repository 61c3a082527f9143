import { Migration } from '@mikro-orm/migrations';

export class Migration20261124170954_records extends Migration {
  override name = 'Migration20261124170954_records';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "referral_case" ("id" uuid not null, "source" text not null, "external_id" text not null, "call_id" uuid null, "opened_at" timestamptz not null, "stage" text not null, "closed_at" timestamptz null, "province" text null, "agency" text null, "call_received_at" timestamptz null, "caller_type" text null, primary key ("id"));`,
    );
    this.addSql(`create index "referral_case_opened_at" on "referral_case" ("opened_at", "id");`);
    this.addSql(`create index "referral_case_call_id" on "referral_case" ("call_id");`);
    this.addSql(`alter table "referral_case" add constraint "referral_case_source_external_id" unique ("source", "external_id");`);

    this.addSql(
      `create table "handover" ("id" uuid not null, "source" text not null, "external_id" text not null, "case_id" uuid not null, "from_agency" text not null, "to_agency" text not null, "state" text not null, "legal_basis" text null, "created_at" timestamptz not null, "sent_at" timestamptz null, "acknowledged_at" timestamptz null, "accepted_at" timestamptz null, "started_at" timestamptz null, "completed_at" timestamptz null, "rejected_at" timestamptz null, "revoked_at" timestamptz null, "rejection_reason" text null, "redirected_from_id" uuid null, "province" text null, primary key ("id"));`,
    );
    this.addSql(`create index "handover_case_id" on "handover" ("case_id", "created_at");`);
    this.addSql(`create index "handover_sent_at" on "handover" ("sent_at", "id");`);
    this.addSql(`alter table "handover" add constraint "handover_source_external_id" unique ("source", "external_id");`);

    this.addSql(
      `create table "handover_event" ("id" bigserial primary key, "handover_id" uuid not null, "state" text not null, "at" timestamptz not null, "agency" text not null);`,
    );
    this.addSql(`alter table "handover_event" add constraint "handover_event_once" unique ("handover_id", "state");`);

    this.addSql(
      `alter table "referral_case" add constraint "referral_case_stage_check" check ("stage" in ('RECEIVED', 'VERIFYING', 'RESCUING', 'IDENTIFIED', 'NOT_IDENTIFIED', 'SUPPORTING', 'CLOSED'));`,
    );
    this.addSql(
      `alter table "referral_case" add constraint "referral_case_caller_type_check" check ("caller_type" in ('PUBLIC', 'RELATIVE_FRIEND', 'OFFICIAL_PRESS', 'VICTIM', 'UNKNOWN'));`,
    );

    this.addSql(`alter table "handover" add constraint "handover_case_id_foreign" foreign key ("case_id") references "referral_case" ("id");`);
    this.addSql(
      `alter table "handover" add constraint "handover_state_check" check ("state" in ('DRAFT', 'SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'REVOKED'));`,
    );
    this.addSql(
      `alter table "handover" add constraint "handover_legal_basis_check" check ("legal_basis" in ('STATUTORY_REPORT', 'CONSENT', 'GUARDIAN_CONSENT', 'VITAL_INTEREST'));`,
    );
    this.addSql(
      `alter table "handover" add constraint "handover_rejection_reason_check" check ("rejection_reason" in ('OUTSIDE_JURISDICTION', 'NO_CAPACITY', 'INSUFFICIENT_INFORMATION', 'DUPLICATE', 'NOT_TRAFFICKING', 'OTHER'));`,
    );

    this.addSql(`alter table "handover_event" add constraint "handover_event_handover_id_foreign" foreign key ("handover_id") references "handover" ("id");`);
    this.addSql(
      `alter table "handover_event" add constraint "handover_event_state_check" check ("state" in ('DRAFT', 'SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'REVOKED'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "handover" drop constraint "handover_case_id_foreign";`);
    this.addSql(`alter table "handover_event" drop constraint "handover_event_handover_id_foreign";`);

    this.addSql(`drop table if exists "referral_case" cascade;`);
    this.addSql(`drop table if exists "handover" cascade;`);
    this.addSql(`drop table if exists "handover_event" cascade;`);
  }
}
