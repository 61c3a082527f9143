import { TIME_ZONE } from '#schema/dates.ts';
import { checkPeriod, type Period } from '../cells.ts';
import { foreign } from '../foreign-ids/foreign-ids.ts';
import { isRecordId } from '../record-id.ts';
import type { RequestContext } from '../subgraph.ts';

/** What a condition is built with. */
export interface ConditionParts {
  /** Passes a value along with the statement. @returns what stands for it there. */
  readonly parameter: (value: unknown) => string;
  readonly context: RequestContext;
}

/** SQL for "the row `t` fits what a client gave for an argument". */
// biome-ignore lint/suspicious/noExplicitAny: each filter states the type that its argument has in the schema.
export type Filter = (value: any, parts: ConditionParts) => string;

/** Filters by the name of their argument. An argument that is null is not filtered by. */
export type Filters = Readonly<Record<string, Filter>>;

/** SQL, one for each argument given. */
export function conditions(filters: Filters, given: Readonly<Record<string, unknown>>, parts: ConditionParts): string[] {
  return Object.entries(filters).flatMap(([name, filter]) => {
    const value = given[name] ?? null;
    return value === null ? [] : [filter(value, parts)];
  });
}

/** The column has the value. Text that PostgreSQL cannot hold (a NUL) is in no row. */
export function equals(column: string): Filter {
  return (value: string, { parameter }) => (value.includes('\0') ? 'false' : `t.${column} = ${parameter(value)}`);
}

/** The column refers to the record of this id; what is no record's id is in no row. */
export function refersTo(column: string): Filter {
  return (id: string, { parameter }) => (isRecordId(id) ? `t.${column} = ${parameter(id)}` : 'false');
}

/** The same for a record of another ministry. */
export function refersToForeign(column: string): Filter {
  return (id: string, { parameter }) => (isRecordId(id) ? `t.${column} = ${parameter(foreign(id))}` : 'false');
}

/** The column has one of the values. */
export function isOneOf(column: string): Filter {
  return (values: readonly string[], { parameter }) => {
    // With one value the index gives the rows in order; with several they would have to be sorted.
    return values.length === 1 ? `t.${column} = ${parameter(values[0])}` : `t.${column} = ANY (${parameter(values)}::text[])`;
  };
}

/** The column, a list, holds the value. */
export function holds(column: string): Filter {
  return (value: string, { parameter }) => `t.${column} @> ARRAY[${parameter(value)}]::text[]`;
}

/** Whether the condition holds; it must not be null. */
export function whether(condition: string): Filter {
  return (wanted: boolean) => (wanted ? condition : `NOT (${condition})`);
}

/**
 * The moment lies on one of the days, which are Vietnam's.
 * @throws BAD_PERIOD
 */
export function onDays(column: string): Filter {
  return (period: Period, { parameter }) => {
    checkPeriod(period);
    const start = (day: string) => `(${day}::timestamp AT TIME ZONE '${TIME_ZONE}')`;
    return `t.${column} >= ${start(`${parameter(period.from)}::date`)} AND t.${column} < ${start(`(${parameter(period.to)}::date + 1)`)}`;
  };
}
