import { defineEntity, p } from '@mikro-orm/core';
import { codes } from '#schema/code-lists.ts';
import type { ForeignColumn } from '#shared/foreign-ids/foreign-ids.ts';

/** Persons registered as possible victims, under a pseudonymous id. `firstSupportAt` is worked out from their support by triggers. */
export const VictimEntity = defineEntity({
  name: 'Victim',
  tableName: 'victim',
  uniques: [{ name: 'victim_source_external_id', properties: ['source', 'externalId'] }],
  indexes: [
    { name: 'victim_registered_at', properties: ['registeredAt', 'id'] },
    { name: 'victim_case_id', properties: ['caseId', 'registeredAt', 'id'] },
    { name: 'victim_origin_province', properties: ['originProvince', 'registeredAt', 'id'] },
    { name: 'victim_agency', properties: ['agency', 'registeredAt', 'id'] },
    { name: 'victim_legal_status', properties: ['legalStatus'] },
    { name: 'victim_sex', properties: ['sex'] },
    { name: 'victim_age_at_trafficking', properties: ['ageAtTrafficking'] },
    { name: 'victim_destination_country', properties: ['destinationCountry'] },
  ],
  properties: {
    id: p.uuid().primary(),
    source: p.text(),
    externalId: p.text(),
    caseId: p.uuid().nullable(),
    registeredAt: p.datetime(),
    identifiedAt: p.datetime().nullable(),
    legalStatus: p.enum(codes('LegalStatus')),
    sex: p.enum(codes('Sex')),
    ethnicity: p.enum(codes('EthnicityGroup')),
    ageAtTrafficking: p.smallint().nullable(),
    acts: p.array(),
    means: p.array(),
    purposes: p.array(),
    originProvince: p.text().nullable(),
    destinationCountry: p.text().nullable(),
    agency: p.text().nullable(),
    firstSupportAt: p.datetime().nullable(),
    version: p.integer().default(1),
  },
});

/**
 * Personal identity, apart from everything else: sealed values and blind indexes (identity/), whose keys are not in the database. Nothing in the
 * graph reads it. `keyId` is the id of the person's data key.
 */
export const VictimIdentityEntity = defineEntity({
  name: 'VictimIdentity',
  tableName: 'victim_identity',
  indexes: [
    { name: 'victim_identity_name_and_birth_index', properties: ['nameAndBirthIndex'] },
    { name: 'victim_identity_number_index', properties: ['numberIndex'] },
  ],
  properties: {
    // A person who goes takes no identity along: erasing it is what destroys its key.
    victim: () => p.oneToOne(VictimEntity).primary().deleteRule('restrict'),
    keyId: p.text(),
    name: p.blob().nullable(),
    birthDate: p.blob().nullable(),
    identityNumber: p.blob().nullable(),
    nameAndBirthIndex: p.blob().nullable(),
    numberIndex: p.blob().nullable(),
  },
});

/** Support services to persons. `province` is the person's origin, kept by a trigger, since figures are divided by it. */
export const SupportServiceEntity = defineEntity({
  name: 'SupportService',
  tableName: 'support_service',
  uniques: [{ name: 'support_service_source_external_id', properties: ['source', 'externalId'] }],
  indexes: [
    { name: 'support_service_victim_id', properties: ['victim', 'startedAt', 'id'] },
    { name: 'support_service_started_at', properties: ['startedAt', 'id'] },
    { name: 'support_service_agency', properties: ['agency', 'startedAt', 'id'] },
    { name: 'support_service_type', properties: ['type'] },
  ],
  properties: {
    id: p.uuid().primary(),
    source: p.text(),
    externalId: p.text(),
    victim: () => p.manyToOne(VictimEntity),
    type: p.enum(codes('SupportType')),
    startedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    inShelter: p.boolean(),
    agency: p.text().nullable(),
    province: p.text().nullable(),
    version: p.integer().default(1),
  },
});

/** All tables of this subgraph that hold records. */
export const entities = [VictimEntity, VictimIdentityEntity, SupportServiceEntity];

/** The cases are the coordinating desk's: their ids are kept sealed. */
export const foreign: readonly ForeignColumn[] = [{ table: 'victim', column: 'case_id', kind: 'case' }];
