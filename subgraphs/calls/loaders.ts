import type { Sql } from '#shared/database.ts';
import { equals, holds, onDays } from '#shared/lists/filters.ts';
import type { ListSpec } from '#shared/lists/reading.ts';
import { rowsById } from '#shared/records.ts';

/** The fields of a call, as its columns hold them. */
export const CALL_FIELDS = [
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
  'version',
];

/** Calls, by when they came in. */
export const CALL_LIST: ListSpec = {
  name: 'calls',
  table: 'call',
  fields: CALL_FIELDS,
  moment: 'receivedAt',
  filters: {
    period: onDays('received_at'),
    category: equals('category'),
    topic: holds('topics'),
    callerType: equals('caller_type'),
    channel: equals('channel'),
    province: equals('province'),
    agency: equals('agency'),
  },
  parents: { province: { column: 'province', type: 'text' }, agency: { column: 'agency', type: 'text' } },
  counted: {
    fact: 'call',
    total: 'total',
    province: 'province',
    agency: 'agency',
    period: 'period',
    breakdowns: { category: 'category', topic: 'topic', callerType: 'callerType', channel: 'channel' },
  },
  loader: 'calls',
};

/** The batched reads of one request. */
export function createLoaders(sql: Sql) {
  return { calls: rowsById(sql, 'call', CALL_FIELDS) };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;
