import { Migration } from '@mikro-orm/migrations';

export class Migration20261124170958_records extends Migration {
  override name = 'Migration20261124170958_records';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "victim" ("id" uuid not null, "source" text not null, "external_id" text not null, "case_id" uuid null, "registered_at" timestamptz not null, "identified_at" timestamptz null, "legal_status" text not null, "sex" text not null, "ethnicity" text not null, "age_at_trafficking" smallint null, "acts" text[] not null, "means" text[] not null, "purposes" text[] not null, "origin_province" text null, "destination_country" text null, "agency" text null, primary key ("id"));`,
    );
    this.addSql(`create index "victim_registered_at" on "victim" ("registered_at", "id");`);
    this.addSql(`create index "victim_case_id" on "victim" ("case_id");`);
    this.addSql(`alter table "victim" add constraint "victim_source_external_id" unique ("source", "external_id");`);

    this.addSql(
      `create table "support_service" ("id" uuid not null, "source" text not null, "external_id" text not null, "victim_id" uuid not null, "type" text not null, "started_at" timestamptz not null, "ended_at" timestamptz null, "in_shelter" boolean not null, "agency" text null, "province" text null, primary key ("id"));`,
    );
    this.addSql(`create index "support_service_victim_id" on "support_service" ("victim_id", "started_at");`);
    this.addSql(`create index "support_service_started_at" on "support_service" ("started_at", "id");`);
    this.addSql(`alter table "support_service" add constraint "support_service_source_external_id" unique ("source", "external_id");`);

    this.addSql(`create table "victim_identity" ("victim_id" uuid not null, "key_id" text not null, "sealed" bytea not null, primary key ("victim_id"));`);

    this.addSql(
      `alter table "victim" add constraint "victim_legal_status_check" check ("legal_status" in ('IN_IDENTIFICATION', 'VICTIM', 'ACCOMPANYING_MINOR', 'NOT_VICTIM'));`,
    );
    this.addSql(`alter table "victim" add constraint "victim_sex_check" check ("sex" in ('FEMALE', 'MALE', 'OTHER', 'UNKNOWN'));`);
    this.addSql(`alter table "victim" add constraint "victim_ethnicity_check" check ("ethnicity" in ('KINH', 'MINORITY', 'UNKNOWN'));`);

    this.addSql(`alter table "support_service" add constraint "support_service_victim_id_foreign" foreign key ("victim_id") references "victim" ("id");`);
    this.addSql(
      `alter table "support_service" add constraint "support_service_type_check" check ("type" in ('ESSENTIAL_NEEDS', 'MEDICAL', 'INTERPRETATION', 'LEGAL_SUPPORT', 'LEGAL_AID', 'TRAVEL', 'PSYCHOLOGICAL', 'EDUCATION', 'VOCATIONAL', 'EMPLOYMENT', 'INITIAL_ALLOWANCE', 'LOAN'));`,
    );

    this.addSql(
      `alter table "victim_identity" add constraint "victim_identity_victim_id_foreign" foreign key ("victim_id") references "victim" ("id") on update cascade on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "support_service" drop constraint "support_service_victim_id_foreign";`);
    this.addSql(`alter table "victim_identity" drop constraint "victim_identity_victim_id_foreign";`);

    this.addSql(`drop table if exists "victim" cascade;`);
    this.addSql(`drop table if exists "support_service" cascade;`);
    this.addSql(`drop table if exists "victim_identity" cascade;`);
  }
}
