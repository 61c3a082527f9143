import { code, dimension, externalId, moment, recordReference, source, validOn } from '#shared/import/columns.ts';
import { agenciesReplica, provincesReplica } from '#shared/import/reference.ts';
import type { ImportSpec } from '#shared/import/spec.ts';
import { closedOnlyAtStageClosed, closesAfterItOpened, hasMomentsOfState, hasNoMomentsOfOtherStates, momentsInOrder, rejectedForAReason } from './rules.ts';

const cases: ImportSpec = {
  table: 'referral_case',
  recordKind: 'case',
  key: ['source', 'external_id'],
  keyColumns: ['source', 'externalId'],
  columns: {
    source: source(),
    externalId: externalId(),
    call: recordReference('call_id', 'call'),
    openedAt: moment('opened_at', { required: true }),
    stage: code('stage', 'CaseStage', { required: true }),
    closedAt: moment('closed_at'),
    province: dimension('province', 'province'),
    agency: dimension('agency', 'agency'),
    callReceivedAt: moment('call_received_at'),
    callerType: code('caller_type', 'CallerType'),
  },
  checks: [
    { column: 'closedAt', check: closesAfterItOpened },
    { column: 'closedAt', check: closedOnlyAtStageClosed },
    validOn('province', 'province', 'opened_at'),
  ],
};

const handovers: ImportSpec = {
  table: 'handover',
  recordKind: 'handover',
  key: ['source', 'external_id'],
  keyColumns: ['source', 'externalId'],
  columns: {
    source: source(),
    externalId: externalId(),
    case: recordReference('case_id', 'case', { required: true, table: 'referral_case' }),
    fromAgency: dimension('from_agency', 'agency', { required: true }),
    toAgency: dimension('to_agency', 'agency', { required: true }),
    state: code('state', 'HandoverState', { required: true }),
    legalBasis: code('legal_basis', 'LegalBasis'),
    createdAt: moment('created_at', { required: true }),
    sentAt: moment('sent_at'),
    acknowledgedAt: moment('acknowledged_at'),
    acceptedAt: moment('accepted_at'),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
    rejectedAt: moment('rejected_at'),
    revokedAt: moment('revoked_at'),
    rejectionReason: code('rejection_reason', 'RejectionReason'),
    redirectedFrom: recordReference('redirected_from_id', 'handover', { table: 'handover' }),
  },
  checks: [
    { column: 'createdAt', check: momentsInOrder },
    { column: 'state', check: hasMomentsOfState },
    { column: 'state', check: hasNoMomentsOfOtherStates },
    { column: 'rejectionReason', check: rejectedForAReason },
  ],
  after: (staging) => [
    // Each moment that a row tells of is an event. One already told of stays as it is: a moment that is corrected is told of once more.
    `INSERT INTO record_event (kind, record_id, act, state, at, agency)
     SELECT 'handover', h.id, 'import', e.state, e.at, e.agency FROM ${staging} s JOIN handover h ON h.source = s.source AND h.external_id = s.external_id
     CROSS JOIN LATERAL (VALUES
       ('DRAFT', h.created_at, h.from_agency), ('SENT', h.sent_at, h.from_agency), ('ACKNOWLEDGED', h.acknowledged_at, h.to_agency),
       ('ACCEPTED', h.accepted_at, h.to_agency), ('IN_PROGRESS', h.started_at, h.to_agency), ('COMPLETED', h.completed_at, h.to_agency),
       ('REJECTED', h.rejected_at, h.to_agency), ('REVOKED', h.revoked_at, h.from_agency)
     ) AS e (state, at, agency) WHERE e.at IS NOT NULL AND NOT EXISTS (
       SELECT FROM record_event o WHERE o.kind = 'handover' AND o.record_id = h.id::text AND o.state = e.state AND o.at = e.at
     ) ORDER BY e.at`,
  ],
};

/** What can be imported into this subgraph. */
export const imports: Readonly<Record<string, ImportSpec>> = { cases, handovers, provinces: provincesReplica, agencies: agenciesReplica };
