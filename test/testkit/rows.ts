/** The rows that a stack with demo records was filled from, and how its records are called: answers are held against plain loops over them. */
import type { RecordKind } from '#schema/record-kinds.ts';
import { recordId } from '#shared/record-id.ts';
import { demoWorld } from './records.ts';
import type { CsvRow } from './tally.ts';

export const world = demoWorld();
export const CALLS = world.calls.map(({ row }) => row);
export const CASES = world.cases.map(({ row }) => row);
export const HANDOVERS = world.handovers.map(({ row }) => row);
export const VICTIMS = world.victims.map(({ row }) => row);
export const SUPPORTS = world.supports.map(({ row }) => row);
export const AGENCIES = ['c02', 'cuc-tre-em', 'hlhpn', 'pcmt-bdbp'];

/** The id of a record, in a stack that has no key of its own. */
export function idOf(kind: RecordKind, externalId: string | undefined, source = 'demo'): string {
  return recordId('development only: not a secret', kind, source, externalId ?? '');
}

/** The rows with a value in a column. */
export function of(rows: readonly CsvRow[], column: string, value: string | undefined): CsvRow[] {
  return rows.filter((row) => row[column] === value);
}

/** The row of an external id; an empty one where there is none. */
export function one(rows: readonly CsvRow[], externalId: string | undefined): CsvRow {
  return rows.find((row) => row['externalId'] === externalId) ?? {};
}

/** A cell as the graph gives the moment. */
export function moment(text: string | undefined): string | null {
  return text ? new Date(text).toISOString() : null;
}
