/**
 * Which rows of a table a request may see, as data beside the table's list: every read of records obeys it, so that a record that is not seen is
 * for the request as if it were not there.
 */
import type { Reach } from './reach.ts';

/** Which rows are seen: all, none, those of one agency (column `agency`), or those of which SQL over the row `t` holds. */
export type Visibility = 'all' | 'none' | { readonly agency: string } | { readonly sql: string };

/** What a reach lets see of one table. `parameter` passes a value along with the statement, and gives what stands for it there. */
export type Visible = (reach: Reach, parameter: (value: unknown) => string) => Visibility;

/** Every request sees every row: reference data. */
export const seenByAll: Visible = () => 'all';

/** SQL over the row `t` that confines a statement to what is seen; empty where that is everything. */
export function seen(visible: Visible, reach: Reach, parameter: (value: unknown) => string): string[] {
  const visibility = visible(reach, parameter);
  if (visibility === 'all') return [];
  if (visibility === 'none') return ['false'];
  return ['agency' in visibility ? `t.agency = ${parameter(visibility.agency)}` : `(${visibility.sql})`];
}

/** Whether a scope was given. */
export function hasScope({ scopes }: Reach, scope: string): boolean {
  return scopes.includes(scope);
}
