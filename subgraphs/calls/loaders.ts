import type { Sql } from '#shared/database.ts';
import { rowsById } from '#shared/records.ts';

const CALL_FIELDS = [
  'id',
  'source',
  'externalId',
  'receivedAt',
  'endedAt',
  'category',
  'topics',
  'callerType',
  'callerSex',
  'callerAgeBand',
  'channel',
  'province',
  'agency',
];

/** The batched reads of one request. */
export function createLoaders(sql: Sql) {
  return { calls: rowsById(sql, 'call', CALL_FIELDS) };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;
