/**
 * Refusals that acts of all subgraphs have in common; `path` is given from the input on.
 */
import type { Row } from '../records.ts';
import { type Acting, type ActInput, type UserError, userError } from './act.ts';

/** There is no such record. */
export function notThere(path: string, kind: string): UserError {
  return userError('NOT_FOUND', path, 'Không có hồ sơ này.', `Expected the id of a ${kind}; there is none with this id.`);
}

/** Nothing would be different. */
export function noChange(path: string): UserError {
  return userError('NO_CHANGE', path, 'Không có gì thay đổi.', 'Expected something else than is recorded already.');
}

/** The record's state does not allow it. */
export function wrongState(path: string, expected: string, got: string): UserError {
  return userError('WRONG_STATE', path, `Trạng thái không cho phép (${got}).`, `Expected ${expected}, got ${got}.`);
}

/** Only the agency that keeps a record changes it: the one that made it; any, where none is recorded. */
export function permitKeeper({ agency: keeper }: Row, _: ActInput, { agency }: Pick<Acting, 'agency'>): UserError[] {
  if (keeper === null || keeper === agency) return [];
  return [userError('WRONG_AGENCY', 'id', 'Chỉ cơ quan đã lập hồ sơ được thay đổi.', 'Only the agency that keeps the record may change it.')];
}
