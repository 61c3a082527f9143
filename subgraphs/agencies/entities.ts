import { defineEntity, p } from '@mikro-orm/core';
import { codes } from '#schema/code-lists.ts';

/** Provinces of all schemes; the database makes ids of scheme and code, since codes are reused between schemes. */
export const ProvinceEntity = defineEntity({
  name: 'Province',
  tableName: 'province',
  indexes: [{ name: 'province_successor', properties: ['successor'] }],
  properties: {
    id: p.text().primary().generated("(scheme || ':' || code) stored"),
    scheme: p.text(),
    code: p.text(),
    nameVi: p.text(),
    nameEn: p.text(),
    fullNameVi: p.text().nullable(),
    fullNameEn: p.text().nullable(),
    regionVi: p.text().nullable(),
    regionEn: p.text().nullable(),
    validFrom: p.date().nullable(),
    validTo: p.date().nullable(),
    successorScheme: p.text().nullable(),
    successorCode: p.text().nullable(),
    successor: p.text().nullable().generated("(successor_scheme || ':' || successor_code) stored"),
  },
});

/** Agencies as they were from one day to another; a first version valid since ever has `-infinity`. */
export const AgencyVersionEntity = defineEntity({
  name: 'AgencyVersion',
  tableName: 'agency_version',
  properties: {
    agencyId: p.text().primary(),
    validFrom: p.date().primary(),
    validTo: p.date().nullable(),
    type: p.enum(codes('AgencyType')),
    nameVi: p.text(),
    nameEn: p.text(),
    parentVi: p.text().nullable(),
    parentEn: p.text().nullable(),
  },
});

/** Agencies as a whole: the version by which acts on one are told apart. */
export const AgencyEntity = defineEntity({
  name: 'Agency',
  tableName: 'agency',
  properties: {
    id: p.text().primary(),
    version: p.integer().default(1),
  },
});

/** Plans by which agencies coordinate. */
export const CoordinationPlanEntity = defineEntity({
  name: 'CoordinationPlan',
  tableName: 'coordination_plan',
  properties: {
    id: p.text().primary(),
    nameVi: p.text(),
    nameEn: p.text(),
    validFrom: p.date(),
    validTo: p.date(),
    members: p.array(),
    version: p.integer().default(1),
  },
});

/** All tables of this subgraph that hold records. */
export const entities = [ProvinceEntity, AgencyEntity, AgencyVersionEntity, CoordinationPlanEntity];
