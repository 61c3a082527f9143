import type { Sql } from '#shared/database.ts';
import { equals, holds, onDays } from '#shared/lists/filters.ts';
import type { ListSpec } from '#shared/lists/reading.ts';
import type { Reach } from '#shared/reach.ts';
import { rowsById } from '#shared/records.ts';
import { hasScope, type Visible } from '#shared/visibility.ts';

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

/** An agency sees the calls that it took. */
const seesCall: Visible = (reach) => {
  if (!hasScope(reach, 'calls:read')) return 'none';
  if (reach.all) return 'all';
  return reach.agency === null ? 'none' : { agency: reach.agency };
};

/** Calls, by when they came in. */
export const CALL_LIST: ListSpec = {
  name: 'calls',
  table: 'call',
  fields: CALL_FIELDS,
  visible: seesCall,
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
export function createLoaders(sql: Sql, reach: Reach) {
  return { calls: rowsById(sql, CALL_LIST, reach) };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;
