import type { Row } from '../records.ts';

/** A field that an act changed, with its values as JSON has them. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What is different in `after`, by field; of a record that was not there before, what is recorded. `reason` stands last, as a field of its own. */
export function changesBetween(before: Row | null, after: Row, fields: readonly string[], reason?: string | null): FieldChange[] {
  const changed = fields
    .filter((field) => field !== 'id' && field !== 'version')
    .map((field) => ({ field, from: json(before?.[field]), to: json(after[field]) }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  return reason ? [...changed, { field: 'reason', from: null, to: reason }] : changed;
}

/** The value as it is in JSON; what is empty is null, so that a new record's empty lists are no changes. */
function json(value: unknown): unknown {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null;
  return value instanceof Date ? value.toISOString() : value;
}
