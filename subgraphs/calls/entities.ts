import { defineEntity, p } from '@mikro-orm/core';
import { codes } from '#schema/code-lists.ts';

/** Calls to the hotline: nothing that tells who called. */
export const CallEntity = defineEntity({
  name: 'Call',
  tableName: 'call',
  uniques: [{ name: 'call_source_external_id', properties: ['source', 'externalId'] }],
  indexes: [
    { name: 'call_received_at', properties: ['receivedAt', 'id'] },
    { name: 'call_province', properties: ['province', 'receivedAt', 'id'] },
    { name: 'call_agency', properties: ['agency', 'receivedAt', 'id'] },
    { name: 'call_category', properties: ['category'] },
    { name: 'call_caller_type', properties: ['callerType'] },
    { name: 'call_channel', properties: ['channel'] },
  ],
  properties: {
    id: p.uuid().primary(),
    source: p.text(),
    externalId: p.text(),
    receivedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    category: p.enum(codes('CallCategory')),
    topics: p.array(),
    callerType: p.enum(codes('CallerType')),
    callerSex: p.enum(codes('Sex')),
    callerAgeBand: p.enum(codes('CallerAgeBand')),
    channel: p.enum(codes('CallChannel')),
    province: p.text().nullable(),
    agency: p.text().nullable(),
    version: p.integer().default(1),
  },
});

/** All tables of this subgraph that hold records. */
export const entities = [CallEntity];
