import { boolean, code, codeList, country, dimension, externalId, integer, moment, recordReference, source, validOn } from '#shared/import/columns.ts';
import { agenciesReplica, provincesReplica } from '#shared/import/reference.ts';
import type { ImportSpec } from '#shared/import/spec.ts';
import { endsAfterItBegan, minorIsUnder18 } from './rules.ts';

const victims: ImportSpec = {
  table: 'victim',
  recordKind: 'victim',
  key: ['source', 'external_id'],
  keyColumns: ['source', 'externalId'],
  columns: {
    source: source(),
    externalId: externalId(),
    case: recordReference('case_id', 'case'),
    registeredAt: moment('registered_at', { required: true }),
    identifiedAt: moment('identified_at'),
    legalStatus: code('legal_status', 'LegalStatus', { required: true }),
    sex: code('sex', 'Sex', { fallback: 'UNKNOWN' }),
    ethnicity: code('ethnicity', 'EthnicityGroup', { fallback: 'UNKNOWN' }),
    ageAtTrafficking: integer('age_at_trafficking', { min: 0, max: 120 }),
    acts: codeList('acts', 'Act'),
    means: codeList('means', 'Means'),
    purposes: codeList('purposes', 'Purpose'),
    originProvince: dimension('origin_province', 'province'),
    destinationCountry: country('destination_country'),
    agency: dimension('agency', 'agency'),
  },
  checks: [{ column: 'ageAtTrafficking', check: minorIsUnder18 }, validOn('originProvince', 'province', 'registered_at')],
};

const supports: ImportSpec = {
  table: 'support_service',
  recordKind: 'support',
  key: ['source', 'external_id'],
  keyColumns: ['source', 'externalId'],
  columns: {
    source: source(),
    externalId: externalId(),
    victim: recordReference('victim_id', 'victim', { required: true, table: 'victim' }),
    type: code('type', 'SupportType', { required: true }),
    startedAt: moment('started_at', { required: true }),
    endedAt: moment('ended_at'),
    inShelter: boolean('in_shelter', { fallback: 'false' }),
    agency: dimension('agency', 'agency'),
  },
  checks: [{ column: 'endedAt', check: endsAfterItBegan }],
};

/** What can be imported into this subgraph. */
export const imports: Readonly<Record<string, ImportSpec>> = { victims, supports, provinces: provincesReplica, agencies: agenciesReplica };
