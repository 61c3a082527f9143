import { code, codeList, dimension, externalId, moment, source, validOn } from '#shared/import/columns.ts';
import { agenciesReplica, provincesReplica } from '#shared/import/reference.ts';
import type { ImportSpec } from '#shared/import/spec.ts';
import { endsAfterItCameIn } from './rules.ts';

const calls: ImportSpec = {
  table: 'call',
  recordKind: 'call',
  key: ['source', 'external_id'],
  keyColumns: ['source', 'externalId'],
  columns: {
    source: source(),
    externalId: externalId(),
    receivedAt: moment('received_at', { required: true }),
    endedAt: moment('ended_at'),
    category: code('category', 'CallCategory', { required: true }),
    topics: codeList('topics', 'CallTopic'),
    callerType: code('caller_type', 'CallerType', { fallback: 'UNKNOWN' }),
    callerSex: code('caller_sex', 'Sex', { fallback: 'UNKNOWN' }),
    callerAgeBand: code('caller_age_band', 'CallerAgeBand', { fallback: 'UNKNOWN' }),
    channel: code('channel', 'CallChannel', { fallback: 'UNKNOWN' }),
    province: dimension('province', 'province'),
    agency: dimension('agency', 'agency'),
  },
  checks: [
    { column: 'endedAt', check: (row) => endsAfterItCameIn(row['received_at'] ?? null, row['ended_at'] ?? null) },
    validOn('province', 'province', 'received_at'),
  ],
};

/** What can be imported into this subgraph. */
export const imports: Readonly<Record<string, ImportSpec>> = { calls, provinces: provincesReplica, agencies: agenciesReplica };
