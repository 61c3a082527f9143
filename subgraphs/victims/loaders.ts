import type { Sql } from '#shared/database.ts';
import { rowsById, rowsByParent } from '#shared/records.ts';

const VICTIM_FIELDS = [
  'id',
  'source',
  'externalId',
  'caseId',
  'registeredAt',
  'identifiedAt',
  'legalStatus',
  'sex',
  'ethnicity',
  'ageAtTrafficking',
  'acts',
  'means',
  'purposes',
  'originProvince',
  'destinationCountry',
  'agency',
];
const SUPPORT_FIELDS = ['id', 'source', 'externalId', 'victimId', 'type', 'startedAt', 'endedAt', 'inShelter', 'agency'];

/** The batched reads of one request. */
export function createLoaders(sql: Sql) {
  return {
    victims: rowsById(sql, 'victim', VICTIM_FIELDS),
    supports: rowsById(sql, 'support_service', SUPPORT_FIELDS),
    supportsOfVictim: rowsByParent(sql, 'support_service', SUPPORT_FIELDS, 'victimId', 'started_at, id', 500),
  };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;
