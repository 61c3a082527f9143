import { Migration } from '@mikro-orm/migrations';

export class Migration20261124171628_records extends Migration {
  override name = 'Migration20261124171628_records';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "agency_version" ("agency_id" text not null, "valid_from" date not null, "valid_to" date null, "type" text not null, "name_vi" text not null, "name_en" text not null, "parent_vi" text null, "parent_en" text null, primary key ("agency_id", "valid_from"));`,
    );

    this.addSql(
      `create table "coordination_plan" ("id" text not null, "name_vi" text not null, "name_en" text not null, "valid_from" date not null, "valid_to" date not null, "members" text[] not null, primary key ("id"));`,
    );

    this.addSql(
      `create table "province" ("id" text generated always as (scheme || ':' || code) stored not null, "scheme" text not null, "code" text not null, "name_vi" text not null, "name_en" text not null, "full_name_vi" text null, "full_name_en" text null, "region_vi" text null, "region_en" text null, "valid_from" date null, "valid_to" date null, "successor_scheme" text null, "successor_code" text null, "successor" text generated always as (successor_scheme || ':' || successor_code) stored null, primary key ("id"));`,
    );
    this.addSql(`create index "province_successor" on "province" ("successor");`);

    this.addSql(
      `alter table "agency_version" add constraint "agency_version_type_check" check ("type" in ('CHILD_PROTECTION', 'POLICE', 'BORDER_GUARD', 'COAST_GUARD', 'WOMENS_UNION', 'SOCIAL_AFFAIRS', 'COMMUNE_PEOPLES_COMMITTEE', 'DIPLOMATIC', 'NGO'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "agency_version" cascade;`);
    this.addSql(`drop table if exists "coordination_plan" cascade;`);
    this.addSql(`drop table if exists "province" cascade;`);
  }
}
