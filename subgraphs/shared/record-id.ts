import { hash } from 'node:crypto';
import { RECORD_KINDS, type RecordKind } from '#schema/record-kinds.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether `text` is already the id of a record, and not an external id. */
export function isRecordId(text: string): boolean {
  return UUID.test(text);
}

/**
 * The id of a record: a UUID (version 8) from the key, the kind of record, the source and the id that the record has there. The same in
 * every subgraph that has the key, so that a ministry can refer to another's record without asking it; without the key nobody can
 * work out one id from another, or from the external id. The digit after the version tells the kind (schema/record-kinds.ts).
 */
export function recordId(key: string, kind: RecordKind, source: string, externalId: string): string {
  // As JSON, no two lists of parts are the same text.
  const digits = hash('sha256', JSON.stringify([key, kind, source, externalId]), 'hex');
  const variant = '89ab'[Number.parseInt(digits.charAt(16), 16) % 4];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${RECORD_KINDS[kind]}${digits.slice(14, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
