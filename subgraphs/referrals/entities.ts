import { defineEntity, p } from '@mikro-orm/core';
import { codes } from '#schema/code-lists.ts';
import type { ForeignColumn } from '#shared/foreign-ids/foreign-ids.ts';

/**
 * Referral cases. What a question asks of the call is recorded with the case when it is opened; `firstSentAt`, `sentAgencies`
 * and `handoversSent` are worked out from its handovers by triggers.
 */
export const ReferralCaseEntity = defineEntity({
  name: 'ReferralCase',
  tableName: 'referral_case',
  uniques: [{ name: 'referral_case_source_external_id', properties: ['source', 'externalId'] }],
  indexes: [
    { name: 'referral_case_opened_at', properties: ['openedAt', 'id'] },
    { name: 'referral_case_call_id', properties: ['callId'] },
    { name: 'referral_case_province', properties: ['province', 'openedAt', 'id'] },
    { name: 'referral_case_agency', properties: ['agency', 'openedAt', 'id'] },
    { name: 'referral_case_stage', properties: ['stage'] },
    { name: 'referral_case_caller_type', properties: ['callerType'] },
  ],
  properties: {
    id: p.uuid().primary(),
    source: p.text(),
    externalId: p.text(),
    callId: p.uuid().nullable(),
    openedAt: p.datetime(),
    stage: p.enum(codes('CaseStage')),
    closedAt: p.datetime().nullable(),
    province: p.text().nullable(),
    agency: p.text().nullable(),
    callReceivedAt: p.datetime().nullable(),
    callerType: p.enum(codes('CallerType')).nullable(),
    firstSentAt: p.datetime().nullable(),
    sentAgencies: p.array().default([]),
    handoversSent: p.integer().default(0),
    version: p.integer().default(1),
  },
});

/** Handovers of a case to an agency. `province` is the case's, kept by a trigger, since figures are divided by it. */
export const HandoverEntity = defineEntity({
  name: 'Handover',
  tableName: 'handover',
  uniques: [{ name: 'handover_source_external_id', properties: ['source', 'externalId'] }],
  indexes: [
    { name: 'handover_case_id', properties: ['case', 'createdAt', 'id'] },
    { name: 'handover_created_at', properties: ['createdAt', 'id'] },
    { name: 'handover_from_agency', properties: ['fromAgency', 'createdAt', 'id'] },
    { name: 'handover_to_agency', properties: ['toAgency', 'createdAt', 'id'] },
    { name: 'handover_province', properties: ['province'] },
    { name: 'handover_state', properties: ['state'] },
    { name: 'handover_legal_basis', properties: ['legalBasis'] },
    { name: 'handover_sent_at', properties: ['sentAt', 'id'] },
  ],
  properties: {
    id: p.uuid().primary(),
    source: p.text(),
    externalId: p.text(),
    case: () => p.manyToOne(ReferralCaseEntity),
    fromAgency: p.text(),
    toAgency: p.text(),
    state: p.enum(codes('HandoverState')),
    legalBasis: p.enum(codes('LegalBasis')).nullable(),
    createdAt: p.datetime(),
    sentAt: p.datetime().nullable(),
    acknowledgedAt: p.datetime().nullable(),
    acceptedAt: p.datetime().nullable(),
    startedAt: p.datetime().nullable(),
    completedAt: p.datetime().nullable(),
    rejectedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    rejectionReason: p.enum(codes('RejectionReason')).nullable(),
    redirectedFromId: p.uuid().nullable(),
    province: p.text().nullable(),
    version: p.integer().default(1),
  },
});

/** All tables of this subgraph that hold records. */
export const entities = [ReferralCaseEntity, HandoverEntity];

/** The calls are the hotline's: their ids are kept sealed. */
export const foreign: readonly ForeignColumn[] = [{ table: 'referral_case', column: 'call_id', kind: 'call' }];
