import type { Sql } from '#shared/database.ts';
import { rowsById, rowsByParent } from '#shared/records.ts';

const CASE_FIELDS = ['id', 'source', 'externalId', 'callId', 'openedAt', 'stage', 'closedAt', 'province', 'agency', 'callReceivedAt', 'callerType'];
const HANDOVER_FIELDS = [
  'id',
  'source',
  'externalId',
  'caseId',
  'fromAgency',
  'toAgency',
  'state',
  'legalBasis',
  'createdAt',
  'sentAt',
  'acknowledgedAt',
  'acceptedAt',
  'startedAt',
  'completedAt',
  'rejectedAt',
  'revokedAt',
  'rejectionReason',
  'redirectedFromId',
];

/** The batched reads of one request. */
export function createLoaders(sql: Sql) {
  return {
    cases: rowsById(sql, 'referral_case', CASE_FIELDS),
    handovers: rowsById(sql, 'handover', HANDOVER_FIELDS),
    handoversOfCase: rowsByParent(sql, 'handover', HANDOVER_FIELDS, 'caseId', 'created_at, id', 500),
  };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;
