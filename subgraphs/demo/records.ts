import type { CODE_LISTS, CodeListName } from '#schema/code-lists.ts';

/** The `source` of all demo records: it says of each that it is synthetic. */
export const SOURCE = 'demo';

/** A value of a code list of the graph. */
export type Code<Name extends CodeListName> = keyof (typeof CODE_LISTS)[Name] & string;

/** The external id of the record with this number, from 1: `C-000001`. */
export function externalId(prefix: string, number: number): string {
  return `${prefix}-${String(number).padStart(6, '0')}`;
}
