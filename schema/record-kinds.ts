/**
 * The kinds of records that have ids of their own, and the digit by which an id tells its kind: whoever is given an id then knows which
 * ministry's service to ask for it, and an id of another kind is told from one that is not known.
 */
export const RECORD_KINDS = { call: '1', case: '2', handover: '3', victim: '4', support: '5' } as const;

/** A kind of record. */
export type RecordKind = keyof typeof RECORD_KINDS;

const RECORD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8([0-9a-f])[0-9a-f]{2}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const KIND_OF_DIGIT = new Map(Object.entries(RECORD_KINDS).map(([kind, digit]) => [digit, kind as RecordKind]));

/** The kind of record that `id` is the id of; `undefined` when it is none of this graph's. */
export function kindOfId(id: string): RecordKind | undefined {
  return KIND_OF_DIGIT.get((RECORD_ID.exec(id)?.[1] ?? '') as (typeof RECORD_KINDS)[RecordKind]);
}
